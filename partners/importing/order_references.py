"""What an order of a file is known by: its number, or else what the row says, and how many rows said that before."""

from collections import Counter
from hashlib import blake2b

from partners.importing.order_rows import OrderRow


class References:
    """Gives each row of one file its order's reference. Rows have to come in the order of the file."""

    def __init__(self) -> None:
        self._seen = Counter[bytes]()  # what rows said, and how often until now

    def of(self, row: OrderRow, *, partner: int) -> str:
        """``partner`` is the key of the one the row names; it counts only where the row names one."""
        whose = f"p{partner}:" if row.partner else ""
        return f"{whose}no:{row.number}" if row.number else self._derived(f"{whose}{_said(row)}")

    def _derived(self, said: str) -> str:
        """What the row says, and how many rows of the file, itself included, said it until now."""
        digest = blake2b(said.encode(), digest_size=12).digest()  # some fifty bytes a row, however long its text
        self._seen[digest] += 1
        return f"{said}/{self._seen[digest]}"


def _said(row: OrderRow) -> str:
    amount = "" if row.amount is None else row.amount
    return f"{row.customer_id}/{row.ordered_on.isoformat()}/{row.quantity}/{amount}"
