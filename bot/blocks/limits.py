"""Slack's limits on blocks. Slack refuses a whole message for one letter too many."""

from typing import Final

TEXT: Final = 300  # Ours: a notification is one line. Slack refuses over 4 000 in chat.update.
BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
# Not documented; people met `msg_blocks_too_long` at about 13 200 letters.
ALL_BLOCKS: Final = 10_000
HEADER: Final = 150
SECTION: Final = 3_000
FIELDS: Final = 10
FIELD: Final = 2_000
CONTEXT_ELEMENTS: Final = 10
BUTTON: Final = 75
CONFIRM_TITLE: Final = 100
CONFIRM_TEXT: Final = 300
CONFIRM_BUTTON: Final = 30
OPTIONS: Final = 100
OPTION: Final = 75
LABEL: Final = 2_000
MODAL_TITLE: Final = 24
