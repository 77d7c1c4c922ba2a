"""Where the demo's people live: country, zone, language of their mails, and telephone numbers that ring nobody.

The numbers come from ranges that regulators keep for film and print and never give to anybody: Germany
(Bundesnetzagentur, Amtsblatt 7/2021), the United Kingdom (Ofcom), Ireland (ComReg), Sweden (PTS), Australia (ACMA),
North America (555-0100 to 555-0199). Where a country keeps none, the demo's people have given no number.
"""

from typing import NamedTuple


class Place(NamedTuple):
    city: str
    country: str
    zone: str
    language: str
    numbers: str = ""  # with a field for a number from 0 to 99


PLACES = {
    "berlin": Place("Berlin", "DE", "Europe/Berlin", "de", "+49 30 23125 {:03}"),
    "hamburg": Place("Hamburg", "DE", "Europe/Berlin", "de", "+49 40 66969 {:03}"),
    "frankfurt": Place("Frankfurt", "DE", "Europe/Berlin", "de", "+49 69 90009 {:03}"),
    "cologne": Place("Köln", "DE", "Europe/Berlin", "de", "+49 221 4710 {:03}"),
    "munich": Place("München", "DE", "Europe/Berlin", "de", "+49 89 99998 {:03}"),
    "vienna": Place("Wien", "AT", "Europe/Vienna", "de"),
    "graz": Place("Graz", "AT", "Europe/Vienna", "de"),
    "zurich": Place("Zürich", "CH", "Europe/Zurich", "de"),
    "chur": Place("Chur", "CH", "Europe/Zurich", "de"),
    "oslo": Place("Oslo", "NO", "Europe/Oslo", "en"),
    "bergen": Place("Bergen", "NO", "Europe/Oslo", "en"),
    "stockholm": Place("Stockholm", "SE", "Europe/Stockholm", "en", "+46 8 465 004 {:02}"),
    "gothenburg": Place("Göteborg", "SE", "Europe/Stockholm", "en", "+46 31 390 06 {:02}"),
    "odense": Place("Odense", "DK", "Europe/Copenhagen", "en"),
    "london": Place("London", "GB", "Europe/London", "en", "+44 20 7946 0{:03}"),
    "leeds": Place("Leeds", "GB", "Europe/London", "en", "+44 113 496 0{:03}"),
    "bristol": Place("Bristol", "GB", "Europe/London", "en", "+44 117 496 0{:03}"),
    "edinburgh": Place("Edinburgh", "GB", "Europe/London", "en", "+44 131 496 0{:03}"),
    "manchester": Place("Manchester", "GB", "Europe/London", "en", "+44 161 496 0{:03}"),
    "dublin": Place("Dublin", "IE", "Europe/Dublin", "en", "+353 20 911 00{:02}"),
    "cork": Place("Cork", "IE", "Europe/Dublin", "en", "+353 20 912 00{:02}"),
    "gdansk": Place("Gdańsk", "PL", "Europe/Warsaw", "en"),
    "valencia": Place("Valencia", "ES", "Europe/Madrid", "en"),
    "boston": Place("Boston", "US", "America/New_York", "en", "+1 617 555 01{:02}"),
    "newyork": Place("New York", "US", "America/New_York", "en", "+1 212 555 01{:02}"),
    "chicago": Place("Chicago", "US", "America/Chicago", "en", "+1 312 555 01{:02}"),
    "minneapolis": Place("Minneapolis", "US", "America/Chicago", "en", "+1 612 555 01{:02}"),
    "seattle": Place("Seattle", "US", "America/Los_Angeles", "en", "+1 206 555 01{:02}"),
    "toronto": Place("Toronto", "CA", "America/Toronto", "en", "+1 416 555 01{:02}"),
    "vancouver": Place("Vancouver", "CA", "America/Vancouver", "en", "+1 604 555 01{:02}"),
    "sydney": Place("Sydney", "AU", "Australia/Sydney", "en", "+61 2 5550 00{:02}"),
    "melbourne": Place("Melbourne", "AU", "Australia/Melbourne", "en", "+61 3 5550 00{:02}"),
    "auckland": Place("Auckland", "NZ", "Pacific/Auckland", "en"),
    "singapore": Place("Singapore", "SG", "Asia/Singapore", "en"),
    "dubai": Place("Dubai", "AE", "Asia/Dubai", "en"),
    "osaka": Place("Osaka", "JP", "Asia/Tokyo", "en"),
    "izmir": Place("İzmir", "TR", "Europe/Istanbul", "en"),
    "casablanca": Place("Casablanca", "MA", "Africa/Casablanca", "en"),
}
