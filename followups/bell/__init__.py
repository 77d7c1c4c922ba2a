"""The bell: notes in the app, how many nobody has looked at, and the pages that list them."""
