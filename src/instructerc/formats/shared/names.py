"""What can be a speaker's name before a colon, and what is the beginning of a sentence: `Mia: …` and `One thing: …`."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import IntEnum
from functools import lru_cache

LONGEST_NAME = 60

_MOST_WORDS = 5


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that stand within names and begin with a small letter.
_PARTICLES = _words(
    "de del della der den des di da do dos du van von vom zu zur of from the at and el al la le las los ben bin ibn "
    "abu y e und et ten ter af av op"
)
# What stands before a colon as the head of a field or as a remark, and is nobody, whatever its case.
_LABELS = _words(
    "see ingredients oven serves method directions instructions budget deadline cost costs "
    "note notes ps p.s pps update edit edited reminder warning caution question answer example examples step part "
    "chapter section option result results important subject re fwd fw summary topic title date time place location "
    "name age address phone email e-mail tel fax price total status version author license url link website source "
    "conclusión conclusione conclusão zusammenfassung "
    "reason conclusion tip hint fact rule goal problem solution spoiler disclaimer attention fyi btw tldr tl;dr imo "
    "monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday agenda todo attachment "
    "attachments quote reply reference references duration language format dialogue style comment layer type kind "
    "class hinweis achtung frage antwort beispiel betreff datum uhrzeit ort thema wichtig fazit ergebnis nachtrag "
    "remarque attention exemple objet sujet résumé nota ejemplo asunto fecha resumen importante esempio oggetto data "
    "opmerking voorbeeld onderwerp datum exemplo assunto zutaten zubereitung warnung anmerkung tipp ziel lösung grund "
    "ingrédients avertissement remarques ingredientes advertencia aviso ingredienti avvertenza waarschuwing "
    "ingrediënten anwesend anwesende abwesend dauer datei aufnahme protokoll attendees participants recorded "
    "transcriber lieu durée fichier lugar duración archivo luogo durata city country gender occupation birthday "
    "beruf ciudad verse bridge outro refrain strophe couplet estrofa strofa flour sugar butter eggs salt bake"
)
# What is counted in headings, and with what: Rule Number One, Chapter Two, Tag Eins.
_COUNTED = _words(
    "rule chapter day part step lesson week month year episode season scene act phase round level section lecture "
    "number reason question regel kapitel tag teil schritt lektion woche folge szene akt grund frage règle chapitre "
    "jour partie étape leçon semaine épisode scène regla capítulo día parte paso lección semana regola capitolo giorno"
)
_NUMBER_WORDS = _words(
    "one two three four five six seven eight nine ten eleven twelve first second third last eins zwei drei vier fünf "
    "sechs sieben acht neun zehn un une deux trois quatre cinq sept huit neuf dix uno una dos tres cuatro cinco seis "
    "siete ocho nueve diez due tre quattro cinque sei sette otto nove dieci i ii iii iv vi vii viii ix x"
)
_NEWS = _words("news nachrichten nouvelles noticias notizie")
# Heads of fields of mail, of exports and of logs: nobody, however often they come.
_FIELDS = _words(
    "from to cc bcc subject date sent received reply-to message-id mime-version content-type type conversation error "
    "warn warning info debug trace fatal notice critical http https file ftp mailto saved xmin xmax size class item "
    "intervals kind language format dialogue style comment attachment attachments quote reaction reactions title von "
    "an gesendet betreff de para à objet"
)
# A clause begins with one of these; a name does not.
_CLAUSE = _words(
    "i i'm i'll i've it it's he she they we you're we're and but or so if when because as while then there this that "
    "these those what why how where who which one only my your his her our their in on at for with by to after before "
    "not no yes well also here just ich du er sie es wir ihr und aber oder wenn weil als dann das dies was wie warum "
    "wo wer mein dein ein eine der die je tu il elle nous vous ils et mais ou si quand parce que ce c'est yo él ella "
    "nosotros y pero porque cuando lo que mi tu su un una io lui lei noi e ma se quando perché"
)
# Single words with which people begin a sentence, and then put a colon.
_OPENERS = _words(
    "listen look honestly seriously remember basically actually first firstly second secondly third finally lastly "
    "fourth conclusion meaning bottom truth fact otherwise alternatively next later later meanwhile sorry okay ok "
    "right sure exactly true correct again plus thing point idea guess news good bad hör schau ehrlich erstens "
    "zweitens drittens also übrigens kurz écoute bref d'abord ensuite enfin mira escucha primero segundo ascolta "
    "really truly surely clearly obviously frankly anyway luckily sadly suddenly fortunately unfortunately wirklich "
    "ernsthaft jedenfalls leider plötzlich vraiment sérieusement sinon realmente finalmente además davvero insomma"
)
_ROLES = _words(
    "speaker participant person interviewer interviewee moderator host guest narrator agent customer client user "
    "assistant bot caller operator doctor patient therapist teacher student male female man woman child mother father "
    "mom mum dad me you human gpt unknown sprecher sprecherin teilnehmer locuteur hablante parlante voice"
)
_MACHINES = _words("you chatgpt claude gemini copilot ai model prompt response system human gpt llama")
_SOUNDS = _words(
    "applause laughter laughs laughing laugh chuckles music sighs sigh gasps gasp cries crying sobs sobbing sniffs "
    "cough coughs coughing whispers whispering shouts shouting screams silence pause beat noise inaudible "
    "unintelligible crosstalk overlapping indistinct foreign singing humming cheering cheers groans groan breathing "
    "breathes yawns phone ringing knocking door beep bleep static bell ping off-screen offscreen continues continued "
    "blank_audio sound applaus gelächter lacht musik seufzt weint flüstert schreit pause rires rit musique soupir "
    "risas ríe música llora suspira risate ride musica sospira"
)
_SENTENCE = re.compile(r"[?!,;]|[.…](?:\s|$)")
_TITLES = re.compile(r"\b(?:[^\W\d_]|Dr|Mr|Mrs|Ms|St|Jr|Sr|Prof|Fr|Hr|Mag|Ing|Sra|Mme|Mlle)\.", re.IGNORECASE)
_SURNAME_FIRST = re.compile(r"([\w'’-]+), ([\w'’. -]+)")
_DATE = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d|.*\b\d{1,2}:\d{2}\b|\d{4}\W")
# Whom a transcript calls by a letter, or as the one whose phone it was.
_OWN_NAMES = _words("you du ich tu tú yo moi io me")
_NUMBERED = re.compile(r"[^\W\d_]{1,20}[ _-]?\d{1,3}")
_QUESTION = re.compile(r"Q\d{1,3}")
# Zoom hides some digits: +49170****67
_PHONE = re.compile(r"\+?\d[\d ()/*-]{5,20}\d")
_WITHIN = re.compile(r"[.?!…][\"'”’»]? ([^\s:.?!…,;][^:.?!…,;]{0,39}):\s")
# What ends a sentence, with quotation marks and brackets behind it.
_ENDS = re.compile(r"[.!?…][\"'”’»)\]]{0,3}\Z")
_REMARK = re.compile(r"(.*[^\s\[(]) ?[\[(]([^()\[\]\d]{2,40})[\])]")
# What somebody is in a broadcast: STEVE HALE, HOST
_TITLED = re.compile(
    r"([^,]*[^\s,]), (?:(?:CO-?)?HOST|BYLINE|GUEST|CORRESPONDENT|REPORTER|ANCHOR|PRESENTER|MODERATOR|INTERVIEWER"
    r"|(?:[Cc]o-?)?[Hh]ost|[Bb]yline|[Mm]oderator(?:in)?|[Ii]nterviewer(?:in)?)"
)
_ARROW = re.compile(r"(.*\S) (?:→|->|=>) \S.*")
# So few lines of names that come again tell whether the words behind a name begin with a capital letter.
_FEWEST_AGAIN = 4
_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"


class Shape(IntEnum):
    """How much a text looks like a name by itself."""

    NONE = 0
    """The head of a field, or too long: nobody."""
    PHRASE = 1
    """A few words as in a sentence."""
    LABEL = 2
    """A word that more often names a thing than a person."""
    NICK = 3
    """A single word in small letters, as a nickname."""
    NAME = 4
    """Words as names have them."""


# The same few names and sounds stand in brackets in all lines.
@lru_cache(maxsize=4096)
def is_sound(text: str) -> bool:
    """Returns whether words in brackets say what is heard or done, such as `[laughs]` or `(door slams)`."""
    words = re.findall(r"[\w-]+", text.casefold())
    return not words or (not words[0].isascii() and text.strip("♪ ") == "") or any(word in _SOUNDS for word in words)


def is_role(name: str) -> bool:
    """Returns whether a name is what somebody does in a conversation, such as `User` or `Interviewer 2`."""
    words = name.casefold().split()
    return bool(words) and (words[0] in _ROLES or words[0] in _MACHINES) and all(word.isdecimal() for word in words[1:])


def names_within(text: str) -> list[str]:
    """Returns what stands before the colons of sentences within a text: `Theo` of `Hello. Theo: Hi.`"""
    return _WITHIN.findall(text) if ":" in text else []


def is_field(name: str) -> bool:
    """Returns whether a name is the head of a field or the level of a log, which is nobody."""
    return name.casefold() in _FIELDS


def tidy_name(text: str) -> str:
    """Returns a name without marks of writing direction and outer blanks."""
    # None of the marks is in ASCII, and most names are.
    return text.strip() if text.isascii() else text.strip().strip(_DIRECTIONS).strip()


@lru_cache(maxsize=8192)
def shape_of(name: str) -> Shape:
    """Returns how much a text looks like a name."""
    if "," in name and (titled := _TITLED.fullmatch(name)):
        name = titled[1]
    if surname_first := _SURNAME_FIRST.fullmatch(name.partition("(")[0].strip()):
        name = f"{surname_first[2]} {surname_first[1]}"
    # Pronouns, roles and companies stand behind a name: Ann (she/her).
    is_phone = _PHONE.fullmatch(name) and sum(map(str.isdecimal, name)) > 6
    if is_phone or (name and not name.strip("?")):
        # Whom nobody knew, a transcript calls ???
        return Shape.NAME
    name = name.partition(" (")[0] or name
    words = name.split()
    folded = name.casefold()
    if not words or len(name) > LONGEST_NAME or name[0] in "<{[(|#`*~=+/\\\"'" or "-->" in name or " = " in name:
        return Shape.NONE
    if _DATE.match(name) or folded in {"am", "pm", "a.m.", "p.m."}:
        return Shape.NONE
    first = words[0].casefold()
    if folded in _FIELDS or (len(words) == 2 and folded in {"saved on", "sent by"}):
        return Shape.NONE
    is_numbered = len(words) == 2 and words[1].isdecimal()
    if (
        folded in _ROLES
        or (first in _ROLES and is_numbered)
        or re.fullmatch(r"(?:speaker|sprecher|participant|person|spk|s|p)[ _-]?\d{1,3}", folded)
    ):
        return Shape.NAME
    # Q1, Q2 and so on are questions, of a form or a study.
    if folded in _LABELS or folded in _OPENERS or (first in _LABELS and is_numbered) or _QUESTION.fullmatch(name):
        return Shape.LABEL
    if len(words) > 1 and (words[-1].casefold() in _NEWS or (first in _COUNTED and _is_number(words[-1]))):
        return Shape.LABEL
    if len(words) > _MOST_WORDS or _SENTENCE.search(_TITLES.sub("", name)) or (first in _CLAUSE and len(words) > 1):
        return Shape.PHRASE
    if folded in _CLAUSE:
        # In interviews I: is who asks.
        is_code = name[0].isupper() and (len(name) == 1 or folded in _OWN_NAMES)
        return Shape.NICK if is_code else Shape.LABEL
    if all(_is_name_word(word) for word in words) and not _is_small(words[0]):
        return Shape.NAME
    return Shape.NICK if len(words) == 1 else Shape.PHRASE


def _is_name_word(word: str) -> bool:
    return not _is_small(word) or word.casefold().strip("()[].") in _PARTICLES


def _is_number(word: str) -> bool:
    return word.isdecimal() or word.casefold() in _NUMBER_WORDS


def _is_small(word: str) -> bool:
    """Returns whether the first letter of a word is a small one; signs and scripts without case have none."""
    letter = next((one for one in word if one.isalpha()), "")
    return unicodedata.category(letter or "A") == "Ll"


def bare_names(names: Iterable[str]) -> dict[str, str]:
    """Returns names without the remark behind them, as in `Mia (laughing)` or `MIA [ON PHONE]`, by how they stand.

    What is heard or done is a remark, and what is written as no name is, where the bare name speaks too, or with
    another remark; of `Mia → Theo` the first one speaks, and of `MIA KERN, HOST` it is what she does.

    Example:
        >>> bare_names(["Mia", "Mia (to Theo)", "Theo (she/her)", "Speaker (2)"])
        {'Mia (to Theo)': 'Mia'}
    """
    shown = set(names)
    found: dict[str, str] = {}
    for name in shown:
        remark = _REMARK.fullmatch(name)
        if remark and (remark[2][0].islower() or is_sound(remark[2]) or (name.isupper() and len(remark[2]) > 2)):
            found[name] = remark[1]
    counts = Counter(found.values())
    arrows = {name: arrow[1] for name in shown if (arrow := _ARROW.fullmatch(name)) is not None}
    titled = {name: one[1] for name in shown if "," in name and (one := _TITLED.fullmatch(name)) is not None}
    return arrows | titled | {name: bare for name, bare in found.items() if bare in shown or counts[bare] > 1}


def take_names(texts: Sequence[str]) -> list[tuple[str, str]] | None:
    """Returns name and words of texts that all begin with a name, two people at least and one of them twice; else None.

    Example:
        >>> take_names(["Mia: Hi", "Theo: Hey", "Mia: Bye"])
        [('Mia', 'Hi'), ('Theo', 'Hey'), ('Mia', 'Bye')]
    """
    pairs = [(head.strip(), words.strip()) for head, colon, words in (text.partition(": ") for text in texts) if colon]
    names = {name for name, _ in pairs}
    if len(pairs) < len(texts) or not 1 < len(names) < len(pairs) or not all(words for _, words in pairs):
        return None
    judge = NameJudge((name for name, _ in pairs), len(pairs), (words for _, words in pairs))
    return pairs if all(map(judge.is_speaker, names)) else None


class NameJudge:
    """Says which of the texts before a colon are speakers, by how they look and whether they come again.

    Args:
        found: each text before a colon, as often as it stands there.
        n_lines: lines of the file that are not blank.
        said: what stands behind each text of `found`; nothing where that is not to be looked at.
        in_cues: whether these are lines of subtitles, of which most may name nobody.
    """

    def __init__(self, found: Iterable[str], n_lines: int, said: Iterable[str] = (), *, in_cues: bool = False) -> None:
        names = list(found)
        self.counts: Counter[str] = Counter()
        for name, count in Counter(names).items():
            self.counts[name.casefold()] += count
        self._n_lines = max(n_lines, 1)
        self._known: dict[str, bool] = {}
        again = [count for count in self.counts.values() if count > 1]
        self._come_again = len(again) > 1 or max(again, default=0) > 2
        likely = {name: count for name, count in self.counts.items() if shape_of(name) >= Shape.LABEL}
        self._n_likely = sum(likely.values())
        self._is_rare = in_cues and 2 * self._n_likely < n_lines and n_lines >= _FEWEST_AGAIN
        self._is_crowd = len(likely) >= _FEWEST_AGAIN or (len(likely) == _FEWEST_AGAIN - 1 and bool(again))
        n_other = self._n_lines - len(names) if in_cues else 0
        self._in_sentences = _names_in_sentences(names, list(said), self.counts, n_other)

    def is_speaker(self, name: str) -> bool:
        """Returns whether a text before a colon is a speaker."""
        known = self._known.get(name)
        if known is None:
            # The same few names stand in all lines.
            known = self._known[name] = self._judge(name)
        return known

    def _judge(self, name: str) -> bool:
        shape, count = shape_of(name), self.counts[name.casefold()]
        if name.casefold() in self._in_sentences:
            return False
        if shape == Shape.NAME:
            return True
        if shape == Shape.NICK:
            return count > 1 or self._n_likely >= 0.6 * self._n_lines
        if shape == Shape.LABEL:
            return count > 2 and count >= 0.15 * self._n_lines
        words = name.split()
        return shape == Shape.PHRASE and count > 1 and len(words) <= _MOST_WORDS and words[0].casefold() not in _CLAUSE

    def is_doubtful(self, name: str) -> bool:
        """Returns whether a speaker is seen once, where others come again, there are many, or most cues name nobody.

        In a few turns of two people it is no wonder.
        """
        is_wonder = self._come_again or self._is_crowd or self._is_rare
        return is_wonder and self.counts[name.casefold()] == 1


def _names_in_sentences(names: Sequence[str], said: Sequence[str], counts: Counter[str], n_other: int) -> set[str]:
    """Returns the names seen once, in small letters, that are part of a sentence by what stands around them.

    The words behind a speaker begin with a capital letter where those behind all others do; a sentence goes on with a
    small one. Below words that end with a colon stand the points of a list, if all else is said by names that come
    again.
    """
    if not said or 1 not in counts.values():
        return set()
    n_again = sum(count > 1 for count in counts.values())
    spoken = [words for name, words in zip(names, said, strict=True) if counts[name.casefold()] > 1]
    if n_again:
        has_capitals = len(spoken) >= _FEWEST_AGAIN and 10 * sum(words[:1].islower() for words in spoken) <= len(spoken)
    else:
        has_capitals = len(counts) > _FEWEST_AGAIN or n_other > len(names)
    found: set[str] = set()
    is_listed = False
    for name, words in zip(names, said, strict=True):
        is_once = counts[name.casefold()] == 1 and not (name.isupper() or is_role(name) or _NUMBERED.fullmatch(name))
        is_point = is_once and is_listed and n_again > 1
        goes_on = is_once and has_capitals and words[:1].islower()
        # A sentence goes on to its end, or over a line's end behind a small word: then he / said: no way, and
        if is_point or (goes_on and (_ENDS.search(words) or _is_small(name))):
            found.add(name.casefold())
        is_listed = is_point or words.endswith((":", "："))
    return found
