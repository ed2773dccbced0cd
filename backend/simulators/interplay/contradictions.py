"""Contradictions within one turn: an opinion of an unseen film, or a film accepted and rejected."""

import re

_HAVE_SEEN = re.compile(
    r"\b(?:(?:have|'ve|i) (?:already |just |actually )?seen|seen (?:it|that|them|both)|"
    r"(?:i|we) (?:already |have already )?(?:saw|watched)|"
    r"(?:i|we) (?:really |absolutely |also )?(?:loved|liked|enjoyed) (?:it|that|them|both))\b"
)
_NOT_SEEN = re.compile(
    r"\b(?:haven'?t|have not|havent|never|not|didn'?t)(?: \w+)? (?:seen|watched|see|saw|heard)\b|"
    r"\b(?:don'?t|do not) see (?:it|that|this)\b"
)
_GOOD = r"(?:good|great|funny|hilarious|awesome|classic|scary|amazing|excellent|fantastic)"
_PRAISE = re.compile(
    r"\b(?:it|that|they)(?:'?s| is| was| are| were) (?:an? )?(?:very |really |so |pretty )?"
    rf"{_GOOD}\b|\b{_GOOD} (?:movie|film|one|flick|choice)\b|"
    r"\b(?:my|a|all time) fav(?:ou?rites?)?\b|"
    r"\bi (?:also |really |absolutely |just )?(?:like|love|enjoy)d? "
    r"(?:it|them|(?:that|this|those)(?: (?:movie|film|one)s?)?)(?! (?:kind|type|sort|genre))\b"
)
_DISPRAISE = re.compile(
    r"\b(?:it|that)(?:'?s| is| was)(?:n't| not) (?:very |really |that |a )?(?:good|great|funny)\b|"
    r"\b(?:did(?:n't| not)|didnt) (?:really |much )?(?:like|enjoy|love) (?:it|that|this|them)\b"
)

#: A judgment in the past: only who has seen a film makes one.
_JUDGED = re.compile(
    r"\b(?:it|that|they) (?:was|were)(?:n't| not)? "
    r"(?:an? |too |so |very |really |just |pretty |such )|"
    r"\b(?:did(?:n't| not)|didnt) (?:really )?think (?:it|that|they)\b|\bit was boring\b"
)

#: Words that praise by hearsay or in hope: a film need not be seen for that.
_HEARSAY = re.compile(r"\b(?:hear|heard|hears|sounds?|looks?|seems?|hope|bet|sure|told|is it|if)\b")

#: Words that turn a film down, and words that take one.
_DECLINES = re.compile(
    r"\b(?:not (?:really |very |that )?(?:interested|for me|my (?:thing|type|style|cup))|"
    r"(?:do(?:n't| not)|dont|did(?:n't| not)|didnt) (?:really )?(?:like|enjoy|want) "
    r"(?:it|that|this|them)(?! (?:kind|type|sort|genre))|i(?:'ll| will) pass)\b"
)
_TAKES = re.compile(
    r"\b(?:i(?:'ll| will|'m going to| am going to|'m gonna)|i(?:'ll| will)? (?:have|need) to) "
    r"(?:definitely |probably |have to |give |try to )*"
    r"(?:check|watch|see|try|look|it a|that a|add) (?:it|that|this|them|for|out)\b"
)


def contradicts_itself(text: str) -> bool:
    """Whether a text takes a film and turns it down, or judges one that it has not seen.

    Of people's turns in the training part 2% do (n = 11,688), where several turns in a row are one.
    """
    plain = text.lower().replace("’", "'")
    if _DECLINES.search(plain) and _TAKES.search(plain):
        return True
    if not has_not_seen(text):
        return False
    return bool(_HAVE_SEEN.search(_NOT_SEEN.sub(" ", plain))) or judges(text)


def judges(text: str) -> bool:
    """Whether a text judges a film as one does who has seen it, not by hearsay.

    >>> judges("It was a very sad story"), judges("I heard it was really good")
    (True, False)
    """
    plain = text.lower().replace("’", "'")
    if _DISPRAISE.search(plain):
        return True
    clauses = re.split(r"[.!?,;]|\bbut\b|\band\b", plain)
    return any(
        (_PRAISE.search(clause) or _JUDGED.search(clause)) and not _HEARSAY.search(clause)
        for clause in clauses
    )


def has_not_seen(text: str) -> bool:
    """Whether a text says that something was not seen."""
    return bool(_NOT_SEEN.search(text.lower().replace("’", "'")))
