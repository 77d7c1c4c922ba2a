from partners.importing.columns import ORDERS
from partners.importing.commanding import ImportCommand, counted
from partners.importing.loading_partners import Loaded


class Command(ImportCommand):
    help = "Load orders from a CSV or XLSX file. The same file twice changes nothing."
    kind = ORDERS

    def summary(self, done: Loaded) -> str:
        new = counted(done.new, "order", "orders")
        partners = counted(done.further, "partner", "partners")
        return f"{new} loaded, {partners} created for them, {done.unchanged} unchanged."
