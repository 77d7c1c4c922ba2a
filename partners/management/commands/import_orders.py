from partners.importing.columns import ORDERS
from partners.importing.commanding import ImportCommand
from partners.importing.loading_partners import Loaded


class Command(ImportCommand):
    help = "Load orders from a CSV or XLSX file. The same file twice changes nothing."
    kind = ORDERS

    def summary(self, done: Loaded) -> str:
        return f"{done.new} orders loaded, {done.further} partners created for them, {done.unchanged} unchanged."
