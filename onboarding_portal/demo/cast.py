"""The demo's people and companies: invented, every address ends in .example."""

from typing import NamedTuple


class Company(NamedTuple):
    name: str
    person: str
    email: str
    country: str
    zone: str
    language: str
    size: str


PLAIN = str.maketrans("äöüøåéíł", "aouoaeil")


def _company(name: str, person: str, domain: str, place: str, size: str) -> Company:
    country, zone, language = PLACES[place]
    first = person.split(" ", maxsplit=1)[0].lower().translate(PLAIN)
    return Company(name, person, f"{first}@{domain}.example", country, zone, language, size)


PLACES = {
    "berlin": ("DE", "Europe/Berlin", "de"),
    "vienna": ("AT", "Europe/Vienna", "de"),
    "zurich": ("CH", "Europe/Zurich", "de"),
    "oslo": ("NO", "Europe/Oslo", "en"),
    "london": ("GB", "Europe/London", "en"),
    "dublin": ("IE", "Europe/Dublin", "en"),
    "warsaw": ("PL", "Europe/Warsaw", "en"),
    "madrid": ("ES", "Europe/Madrid", "en"),
    "newyork": ("US", "America/New_York", "en"),
    "chicago": ("US", "America/Chicago", "en"),
    "sydney": ("AU", "Australia/Sydney", "en"),
}

SPONSOR = _company("Fjordnett Drift AS", "Ingrid Solberg", "fjordnett", "oslo", "10-49")._replace(
    email="ingrid.solberg@fjordnett.example"
)
RESELLER = _company("Weber IT-Service", "Jonas Weber", "weber-it", "berlin", "2-9")._replace(
    email="jonas.weber@weber-it.example", language=""
)

COMPANIES = [
    _company("Alpenblick Systemhaus", "Katharina Moser", "alpenblick", "vienna", "10-49"),
    _company("Anker IT Hamburg", "Henrik Petersen", "anker-it", "berlin", "2-9"),
    _company("Bergmann Netzwerke", "Lena Bergmann", "bergmann-netz", "berlin", "2-9"),
    _company("Birch & Rowe Computing", "Oliver Rowe", "birchrowe", "london", "10-49"),
    _company("Blauwal Datentechnik", "Timo Krause", "blauwal", "berlin", "1"),
    _company("Brightwater IT", "Hannah Cole", "brightwater", "newyork", "10-49"),
    _company("Carrick Systems", "Aoife Brennan", "carrick", "dublin", "2-9"),
    _company("Castell Informática", "Lucía Ferrer", "castell", "madrid", "2-9"),
    _company("Clearfell Support", "Tom Ashby", "clearfell", "london", "1"),
    _company("Copperline Networks", "Grace Whitman", "copperline", "chicago", "10-49"),
    _company("Datenhafen Rostock", "Maike Jensen", "datenhafen", "berlin", "2-9"),
    _company("Dornbusch EDV", "Rainer Dornbusch", "dornbusch", "berlin", "1"),
    _company("Eastgate Managed IT", "Priya Nair", "eastgate", "london", "50-249"),
    _company("Eichhorn Computer", "Stefan Eichhorn", "eichhorn", "berlin", "2-9"),
    _company("Ferrywell Technology", "Daniel Okafor", "ferrywell", "dublin", "2-9"),
    _company("Gipfel IT", "Ursina Caduff", "gipfel-it", "zurich", "10-49"),
    _company("Glenmore Digital", "Fiona Glenmore", "glenmore", "london", "2-9"),
    _company("Hafner & Söhne IT", "Georg Hafner", "hafner-it", "vienna", "2-9"),
    _company("Halcyon Helpdesk", "Marcus Reed", "halcyon", "newyork", "2-9"),
    _company("Havel Systeme", "Julia Neumann", "havel-systeme", "berlin", "10-49"),
    _company("Ironbark IT", "Chloe Bennett", "ironbark", "sydney", "2-9"),
    _company("Jakobi Netzwerktechnik", "Peter Jakobi", "jakobi", "berlin", "2-9"),
    _company("Kestrel Computing", "Emma Hargreaves", "kestrel", "london", "2-9"),
    _company("Kiefer & Partner IT", "Andrea Kiefer", "kiefer-it", "berlin", "10-49"),
    _company("Kowal Serwis", "Marta Kowal", "kowal", "warsaw", "2-9"),
    _company("Lakeshore Tech Partners", "Brian Sorensen", "lakeshore", "chicago", "10-49"),
    _company("Lindner Bürotechnik", "Sabine Lindner", "lindner", "berlin", "10-49"),
    _company("Lumen IT Services", "Patrick Doyle", "lumen-it", "dublin", "1"),
    _company("Marschner IT", "Uwe Marschner", "marschner", "berlin", "1"),
    _company("Meridian Support Co", "Sofia Marino", "meridian", "newyork", "2-9"),
    _company("Moorland Systems", "Ruth Calder", "moorland", "london", "2-9"),
    _company("Neckar Netz", "Florian Beck", "neckarnetz", "berlin", "2-9"),
    _company("Nordhus IKT", "Lars Nordhus", "nordhus", "oslo", "2-9"),
    _company("Oakridge IT", "Linda Park", "oakridge", "chicago", "2-9"),
    _company("Obermaier EDV-Service", "Josef Obermaier", "obermaier", "berlin", "2-9"),
    _company("Pfeiffer Datensicherung", "Nadine Pfeiffer", "pfeiffer", "berlin", "1"),
    _company("Pinecrest Computing", "Kevin Tran", "pinecrest", "newyork", "2-9"),
    _company("Quellhof IT", "Barbara Quell", "quellhof", "zurich", "2-9"),
    _company("Rautavaara IT", "Mika Rauta", "rauta-it", "oslo", "10-49"),
    _company("Redwharf Technology", "Simon Vaughan", "redwharf", "london", "10-49"),
    _company("Ritter Systembetreuung", "Carsten Ritter", "ritter-sys", "berlin", "2-9"),
    _company("Rosenow IT", "Birgit Rosenow", "rosenow", "berlin", "2-9"),
    _company("Saltmarsh Networks", "Georgia Flynn", "saltmarsh", "sydney", "2-9"),
    _company("Schwarzwald Computer", "Martin Faller", "schwarzwald-pc", "berlin", "2-9"),
    _company("Silberbach IT", "Eva Silberbach", "silberbach", "vienna", "1"),
    _company("Skogen Drift", "Anders Skogen", "skogen", "oslo", "2-9"),
    _company("Spreewerk IT", "Christian Vogt", "spreewerk", "berlin", "10-49"),
    _company("Stonebridge IT Care", "Nicola Hart", "stonebridge", "london", "2-9"),
    _company("Sundgau Informatik", "Reto Amstutz", "sundgau", "zurich", "2-9"),
    _company("Tallow Street Tech", "Amir Haddad", "tallowstreet", "london", "1"),
    _company("Tannhof Systemhaus", "Gudrun Tanner", "tannhof", "berlin", "50-249"),
    _company("Tidewater Tech", "Alicia Gomez", "tidewater", "newyork", "2-9"),
    _company("Urban & Klee IT", "Felix Klee", "urbanklee", "berlin", "2-9"),
    _company("Vestland Data", "Silje Moen", "vestland", "oslo", "2-9"),
    _company("Wattline Support", "Josh Turner", "wattline", "sydney", "1"),
    _company("Weststadt Computer", "Monika Heller", "weststadt", "berlin", "2-9"),
    _company("Wisła Systems", "Piotr Zając", "wisla", "warsaw", "10-49"),
    _company("Zeller Netzwerke", "Dominik Zeller", "zeller-netz", "zurich", "2-9"),
]

# Whoever comes in when the demo is started again another day: somebody has just been accepted then, too.
NEWCOMERS = [
    _company("Albatros Netzwerke", "Wiebke Hansen", "albatros-netz", "berlin", "2-9"),
    _company("Amberline IT", "Joanna Pratt", "amberline", "london", "2-9"),
    _company("Bockhorn EDV", "Malte Bockhorn", "bockhorn", "berlin", "1"),
    _company("Cedar Row Computing", "Nathan Fields", "cedarrow", "newyork", "2-9"),
    _company("Drachenfels IT", "Simone Krall", "drachenfels", "berlin", "10-49"),
    _company("Fenwick Support", "Owen Fenwick", "fenwick", "london", "1"),
    _company("Grünwald Systeme", "Helga Sommer", "gruenwald-sys", "vienna", "2-9"),
    _company("Larkspur Networks", "Denise Abbott", "larkspur", "chicago", "2-9"),
    _company("Tromso Drift", "Kari Lund", "tromsodrift", "oslo", "2-9"),
]
