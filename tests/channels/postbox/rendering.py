"""Give a letter the form of a short message."""

from moked.channels.base.letters import Letter


def text_of(letter: Letter) -> str:
    return "\n".join(one.address or one.text for one in letter.paragraphs)
