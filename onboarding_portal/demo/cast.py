"""The demo's people and companies: all invented, each at home in its place; every address ends in .example."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple

from onboarding_portal.demo.places import PLACES


class Company(NamedTuple):
    name: str
    person: str
    email: str
    city: str
    country: str
    zone: str
    language: str
    size: str
    phone: str


_NUMBERS = {name: count(7, 6) for name in PLACES}
_PLAIN = str.maketrans("äöüøåéíłćşöğç", "aouoaeilcsogc")


def _company(name: str, person: str, domain: str, place: str, size: str) -> Company:
    city, country, zone, language, numbers = PLACES[place]
    first = person.split(" ", maxsplit=1)[0].lower().translate(_PLAIN)
    phone = numbers.format(next(_NUMBERS[place])) if numbers else ""
    return Company(name, person, f"{first}@{domain}.example", city, country, zone, language, size, phone)


def _companies(*rows: tuple[str, str, str, str, str]) -> list[Company]:
    return [_company(*row) for row in rows]


SPONSOR = _company("Fjordnett Drift AS", "Ingrid Solberg", "fjordnett", "oslo", "10-49")._replace(
    email="ingrid.solberg@fjordnett.example"
)
# Jonas has told nobody his language: he reads the portal in that of his browser.
RESELLER = _company("Weber IT-Service", "Jonas Weber", "weber-it", "hamburg", "2-9")._replace(
    email="jonas.weber@weber-it.example", language=""
)

# Whom Ingrid brought in: around the North Sea and the Baltic.
FIRST_LINE = _companies(
    ("Nordhus IKT", "Lars Nordhus", "nordhus", "oslo", "2-9"),
    ("Vestkyst Data", "Silje Moen", "vestkyst", "bergen", "2-9"),
    ("Skogen Drift", "Anders Skogen", "skogen", "gothenburg", "2-9"),
    ("Lindholmen Support", "Elin Forsgren", "lindholmen", "gothenburg", "2-9"),
    ("Gransjö IT", "Oskar Gransjö", "gransjo", "stockholm", "10-49"),
    ("Leithwater IT", "Isobel Kinnear", "leithwater", "edinburgh", "10-49"),
    ("Lillebælt Data", "Mette Skovby", "lillebaelt", "odense", "2-9"),
    ("Ankerplatz IT", "Henrik Petersen", "ankerplatz", "hamburg", "2-9"),
    ("Datenhafen Nord", "Maike Jensen", "datenhafen", "hamburg", "2-9"),
)

COMPANIES = _companies(
    ("Alpenrand Systemhaus", "Katharina Mosbacher", "alpenrand", "vienna", "10-49"),
    ("Birch & Rowe Computing", "Oliver Rowe", "birchrowe", "london", "10-49"),
    ("Blauwal Datentechnik", "Timo Krausnick", "blauwal", "hamburg", "1"),
    ("Brightmoor IT", "Hannah Coley", "brightmoor", "boston", "10-49"),
    ("Carrick Lane Systems", "Aoife Brannock", "carricklane", "dublin", "2-9"),
    ("Castell Informàtica", "Lucía Ferrandis", "castell", "valencia", "2-9"),
    ("Clearfell Support", "Tom Ashbury", "clearfell", "leeds", "1"),
    ("Copperline Networks", "Grace Whitlock", "copperline", "chicago", "10-49"),
    ("Dornbusch EDV", "Rainer Dornbusch", "dornbusch", "frankfurt", "1"),
    ("Eastgate Row IT", "Priya Nairn", "eastgaterow", "manchester", "50-249"),
    ("Eichkater Computer", "Stefan Eichhoff", "eichkater", "berlin", "2-9"),
    ("Ferrywell Technology", "Daniel Okoro", "ferrywell", "cork", "2-9"),
    ("Gipfelwerk IT", "Ursina Caduff", "gipfelwerk", "chur", "10-49"),
    ("Glenmarrow Digital", "Fiona Marrow", "glenmarrow", "edinburgh", "2-9"),
    ("Halcyon Quay Helpdesk", "Marcus Reedham", "halcyonquay", "newyork", "2-9"),
    ("Havelufer Systeme", "Julia Neumeier", "havelufer", "berlin", "10-49"),
    ("Ironbark Lane IT", "Chloe Barraclough", "ironbarklane", "sydney", "2-9"),
    ("Jakobsweg Netzwerktechnik", "Peter Jakobs", "jakobsweg", "cologne", "2-9"),
    ("Kestrel Yard Computing", "Emma Hargrave", "kestrelyard", "bristol", "2-9"),
    ("Kiefernhain IT", "Andrea Kieferle", "kiefernhain", "munich", "10-49"),
    ("Wierzba Serwis", "Marta Kowalik", "wierzba", "gdansk", "2-9"),
    ("Lakeshore Row Tech", "Bryan Sorley", "lakeshorerow", "chicago", "10-49"),
    ("Lindenhof Bürotechnik", "Sabine Lindner", "lindenhof", "frankfurt", "10-49"),
    ("Lanternway IT", "Patrick Doyne", "lanternway", "dublin", "1"),
    ("Marschweg IT", "Uwe Marschner", "marschweg", "hamburg", "1"),
    ("Marigold Street Support", "Sofia Marinelli", "marigoldstreet", "newyork", "2-9"),
    ("Moorcote Systems", "Ruth Caldbeck", "moorcote", "leeds", "2-9"),
    ("Domplatte Netz", "Florian Beckers", "domplatte-netz", "cologne", "2-9"),
    ("Oakridge Row IT", "Lindsey Parrish", "oakridgerow", "minneapolis", "2-9"),
    ("Obermaier EDV-Service", "Josef Obermaier", "obermaier-edv", "munich", "2-9"),
    ("Pfefferminz Datensicherung", "Nadine Pfeiffer", "pfefferminz-it", "berlin", "1"),
    ("Pinehollow Computing", "Kevin Tranter", "pinehollow", "boston", "2-9"),
    ("Quellhof IT", "Barbara Queller", "quellhof", "zurich", "2-9"),
    ("Redwharf Lane Technology", "Simeon Varley", "redwharf", "bristol", "10-49"),
    ("Rittersporn Systembetreuung", "Carsten Ritterbusch", "rittersporn", "frankfurt", "2-9"),
    ("Rosengarten IT", "Birgit Rosenow", "rosengarten-it", "berlin", "2-9"),
    ("Saltbush Networks", "Georgia Flynnagh", "saltbush", "melbourne", "2-9"),
    ("Isarkiesel Computer", "Martin Fallmerer", "isarkiesel", "munich", "2-9"),
    ("Silberbach IT", "Eva Silberbacher", "silberbach", "graz", "1"),
    ("Spreebogen IT", "Christian Vogtmann", "spreebogen-it", "berlin", "10-49"),
    ("Stonebarrow IT Care", "Nicola Hartnoll", "stonebarrow", "manchester", "2-9"),
    ("Sihltal Informatik", "Reto Amstutz", "sihltal", "zurich", "2-9"),
    ("Tallow Street Tech", "Amir Haddadi", "tallowstreet", "london", "1"),
    ("Tannenhof Systemhaus", "Gudrun Tannert", "tannenhof", "munich", "50-249"),
    ("Tidemill Tech", "Alicia Gomera", "tidemill", "boston", "2-9"),
    ("Klee & Ampfer IT", "Felix Kleeberg", "klee-ampfer", "cologne", "2-9"),
)

# Somewhere it is always the middle of a working day: whoever lives there has been accepted almost a day ago, whenever
# the demo is started, so that their first reminders can be watched going out. Three in each place, in this order.
NEWCOMERS = _companies(
    ("Albatros Netzwerke", "Wiebke Hansing", "albatros-netz", "hamburg", "2-9"),
    ("Bockhorn EDV", "Malte Bockhorst", "bockhorn-edv", "berlin", "1"),
    ("Drachenstein IT", "Simone Krallmann", "drachenstein", "cologne", "10-49"),
    ("Amberline Row IT", "Joanna Prattley", "amberlinerow", "london", "2-9"),
    ("Fenwick Close Support", "Owen Fenwright", "fenwickclose", "leeds", "1"),
    ("Thistledown Computing", "Isla Rennick", "thistledown", "edinburgh", "2-9"),
    ("Cedar Row Computing", "Nathan Fieldstone", "cedarrow", "boston", "2-9"),
    ("Larkspur Lane Networks", "Denise Abbotson", "larkspurlane", "newyork", "2-9"),
    ("Harborlight IT", "Theresa Quillan", "harborlight", "boston", "10-49"),
    ("Rainshadow Systems", "Owen Tashiro", "rainshadow", "seattle", "2-9"),
    ("Cascade Row IT", "Marisol Bentley", "cascaderow", "seattle", "2-9"),
    ("Driftwood Helpdesk", "Calvin Oakes", "driftwood-it", "seattle", "1"),
    ("Maplebrook Row IT", "Claire Bouvette", "maplebrookrow", "toronto", "2-9"),
    ("Ravine Street Networks", "Dev Malhi", "ravinestreet", "toronto", "10-49"),
    ("Loonlake Support", "Heather Stanbury", "loonlake", "toronto", "1"),
    ("Inletview Systems", "Graham Tolliver", "inletview", "vancouver", "2-9"),
    ("Salal Row Computing", "Mei Lindgate", "salalrow", "vancouver", "2-9"),
    ("Heron Slough IT", "Paul Desrocher", "heronslough", "vancouver", "1"),
    ("Kōwhai Lane IT", "Aroha Tamihana", "kowhailane", "auckland", "2-9"),
    ("Longcloud Support", "Hamish Dunnet", "longcloud", "auckland", "2-9"),
    ("Pōhutukawa Data", "Leilani Fruean", "pohutukawa", "auckland", "1"),
    ("Orchid Row Technology", "Tan Wei Shan", "orchidrow", "singapore", "10-49"),
    ("Banyan Quay IT", "Nurul Hafizah", "banyanquay", "singapore", "2-9"),
    ("Straitsgate Support", "Ravi Subrahman", "straitsgate", "singapore", "2-9"),
    ("Creekside Gulf IT", "Layla Mansoori", "creeksidegulf", "dubai", "2-9"),
    ("Date Palm Networks", "Omar Farhani", "datepalm", "dubai", "10-49"),
    ("Falconway Systems", "Sara Qasimi", "falconway", "dubai", "2-9"),
    ("Kawabe Denshi", "Haruka Kawabe", "kawabe", "osaka", "2-9"),
    ("Minamo IT", "Daichi Moriguchi", "minamo", "osaka", "1"),
    ("Yukishiro Systems", "Ayumi Yukishiro", "yukishiro", "osaka", "10-49"),
    ("Körfez Bilişim", "Elif Karadere", "korfez", "izmir", "2-9"),
    ("Zeytin Yazılım", "Mert Aksungur", "zeytin", "izmir", "2-9"),
    ("Poyraz Destek", "Zehra Tunalı", "poyraz", "izmir", "1"),
    ("Anfa Réseaux", "Salma Berrahal", "anfa", "casablanca", "2-9"),
    ("Corniche Informatique", "Youssef Tazi-Amar", "corniche", "casablanca", "10-49"),
    ("Atlas Bleu Support", "Hind Ouazzar", "atlasbleu", "casablanca", "2-9"),
)

# On their way through the human gate: the oldest has had a conversation.
APPLICANTS = _companies(
    ("Bluestem Row Computing", "Megan Ellison", "bluestemrow", "minneapolis", "2-9"),
    ("Kranichsee Systeme", "Ralf Kranich", "kranichsee", "berlin", "2-9"),
    ("Harbour Steps IT", "Naomi Clarkson", "harboursteps", "bristol", "2-9"),
)

# Goals and doubts are in the words, and so in the language, of whoever has them.
GOALS = {
    "en": (
        "Ten customers with a tested backup by spring, so that I sleep at night.",
        "A monthly income that does not depend on repairs. My brother works here too, and we want to plan.",
        "Offer something the big system house in town does not explain to anybody.",
    ),
    "de": (
        "Fünf Wartungskunden mit Datensicherung bis zum Sommer – damit nach dem nächsten Plattencrash keiner weint.",
        "Ein monatlicher Ertrag, der nicht an Reparaturen hängt. Dann kann ich jemanden einstellen.",
        "Jeder meiner Kunden hat eine Sicherung, die einmal zurückgespielt wurde. Ich will es gesehen haben.",
    ),
}
DOUBTS = {
    "en": (
        "My biggest customer asks where the data lies. I do not want to answer that wrongly.",
        "The technician is on holiday and I do not have the admin password for the test machine.",
        "I wrote to three customers and nobody answered. Is my mail too long?",
    ),
    "de": (
        "Mein größter Kunde fragt, wo die Daten liegen. Da will ich nichts Falsches sagen.",
        "Der Techniker ist im Urlaub, und ich habe das Kennwort für den Testrechner nicht.",
        "Ich habe drei Kunden geschrieben, und keiner hat geantwortet. Ist meine Mail zu lang?",
    ),
}

CUSTOMERS = {
    "DE": ("Zahnarztpraxis am Deich", "Tischlerei Holmbach", "Steuerbüro Anders", "Blumen Fritzsche"),
    "AT": ("Ordination Lerchenau", "Bäckerei Schöberl", "Notariat Innstein", "Gasthof Kirchenwirt"),
    "CH": ("Zahnarztpraxis Seeblick", "Treuhand Bächtold", "Schreinerei Ruosch", "Hotel Steinbock"),
    "NO": ("Tannlege Havnen", "Snekkeriet Bølgen", "Regnskap Nordlys", "Bakeriet Kroken"),
    "SE": ("Tandläkare Ekbacken", "Snickeriet Älven", "Redovisning Norrvik", "Bageri Kanelen"),
    "DK": ("Tandlæge Åløkke", "Snedkeriet Egen", "Revisor Fjordbo", "Bageriet Hjørnet"),
    "PL": ("Stomatolog Bursztyn", "Stolarnia Sosna", "Biuro rachunkowe Fala", "Piekarnia Kłos"),
    "ES": ("Clínica Dental Albufera", "Carpintería Olmo", "Asesoría Levante", "Panadería La Espiga"),
}
CUSTOMERS_ELSEWHERE = ("Harbour Dental Practice", "Elm Row Joinery", "Northfield Accounts", "The Corner Bakery")


def customers_of(country: str) -> Sequence[str]:
    """Names of customers as they are called where the partner is."""
    return CUSTOMERS.get(country, CUSTOMERS_ELSEWHERE)


def everybody() -> Iterator[Company]:
    yield from (SPONSOR, RESELLER, *FIRST_LINE, *COMPANIES, *NEWCOMERS, *APPLICANTS)
