"""How long the engine waits for a mail server, and so how long it may take to stop. Imports nothing."""

from typing import Final

COMMAND_SECONDS: Final = 10.0
TEXT_SECONDS: Final = 30.0  # how long a server may think about the text before the line counts as broken
STOP_WITHIN_SECONDS: Final = 3 * COMMAND_SECONDS + TEXT_SECONDS + 10.0  # MAIL, RCPT, DATA, the text, and recording it
