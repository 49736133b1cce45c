"""Who takes part in interviews and what stands in headings: `Therapist` and `P3` speak, `Chorus` does not.

A name alone on a line says less than one before a colon, so that whoever reads such lines needs to know more words.
"""

from __future__ import annotations

import re
from functools import lru_cache

from instructerc.formats.shared.names import is_role


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What somebody is in an interview, a session or a hearing, in the languages in which most are written down.
_PARTS = _words(
    """
    int intv intvr inter iv ir ie ip res resp mod fac pt cl obs q a i b
    interviewer interviewee respondent informant researcher facilitator observer participant counsellor counselor
    therapist psychologist client journalist reporter presenter narrator witness
    interviewerin interviewende interviewender interviewte interviewter interviewpartner interviewpartnerin befragte
    befragter befragende moderatorin teilnehmer teilnehmerin teilnehmende proband probandin therapeut therapeutin klient
    klientin patientin erzähler erzählerin zeitzeuge zeitzeugin beraterin berater forscherin forscher
    enquêteur enquêtrice enquêté enquêtée intervieweur intervieweuse interviewé interviewée animateur animatrice
    participante thérapeute patiente témoin journaliste chercheur chercheuse
    entrevistador entrevistadora entrevistado entrevistada moderador moderadora terapeuta paciente informante
    investigador investigadora periodista participantes entrevistadores
    intervistatore intervistatrice intervistato intervistata moderatore moderatrice partecipante
    sprecher sprecherin interlocuteur intervenant locuteur hablante orador falante parlante relatore spreker talare
    geïnterviewde deelnemer intervjuare intervjuperson
    """
)
# Programs that answer, in texts with headings of their own.
_PROGRAMS = _words("assistant chatgpt claude gemini copilot ai gpt llama model bot chatbot")
# Letters and number, as transcripts call people that stay unnamed.
_CODE = re.compile(
    r"(?:P|PT|PP|PAR|PART|B|BF|I|IV|IP|IE|IR|INT|INTV|M|F|W|R|RES|TH|CL|C|K|KL|SP|SPK|TN|PB|VP|FG|L|E|T)[ _-]?\d{1,3}",
    re.IGNORECASE,
)
_COUNT = re.compile(r"[\W_]*(?:\d{1,3}|[IVX]{1,4})?[\W_]*\Z")
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[a-zA-ZÀ-ɏ]")
_US = _words(
    """
    i you we me us my your our myself yourself mine yours
    ich du wir mich mir dich dir uns euch ihnen mein meine meiner meinen dein deine unser unsere
    je j tu vous nous moi toi me te mon ma mes ton votre notre m t
    yo tú usted ustedes nosotros mí ti conmigo contigo mi mis tus nos os
    io noi voi mio mia tuo tua
    eu você vocês meu minha seu sua
    ik jij je wij mijn jouw u ons
    jag du vi mig dig min din jeg mig meg dig deg
    ja ty my mnie mi ci ciebie
    """
)
# What is called so again and again in songs, change logs, manuals, plans, reviews and pages, and is nobody.
_NOBODY = _words(
    """
    verse chorus refrain bridge intro outro hook interlude solo strophe coda couplet pre-chorus prechorus estribillo
    added changed fixed removed deprecated security features feature fixes improvements enhancements performance
    documentation docs tests testing chores refactoring reverts dependencies internal miscellaneous misc breaking
    bug bugs bugfix bugfixes new known issues changes highlights contributors
    parameters params arguments args returns return raises throws yields attributes properties methods usage examples
    syntax description default defaults output input explanation constraints complexity approach solution hints
    install installation requirements configuration options settings api cli overview introduction background summary
    conclusion results discussion methodology methods abstract references appendix contents
    pros cons strengths weaknesses opportunities threats advantages disadvantages vorteile nachteile ventajas
    avantages inconvénients likes dislikes rating verdict
    breakfast lunch dinner snack snacks dessert frühstück mittagessen abendessen desayuno almuerzo cena
    ingredients directions preparation instructions serves
    morning afternoon evening night noon vormittag nachmittag abend yesterday today tomorrow blockers done doing next
    january february march april may june july august september october november december
    januar februar märz mai juni juli oktober dezember
    monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonntag
    before after expected actual given when then and else steps actions action decision decisions agenda minutes
    attendees front back term definition word translation vocabulary exercise homework objective objectives materials
    advertisement sponsored share like likes reply replies comment comments edit delete save copy print menu home search
    loading more read skip view views follow following followers subscribe login continue related trending previous
    yes no true false none maybe ok okay amen hallelujah halleluja
    anzeige werbung teilen antworten mehr weiterlesen publicité partager répondre publicidad compartir responder
    """
)
# Of names of several words, what the last word may be.
_OF_THINGS = _words(
    """
    fixes features changes issues improvements updates items steps notes updates points questions results more
    request requests release releases version versions example examples usage options
    """
)


@lru_cache(maxsize=4096)
def is_part(name: str) -> bool:
    """Returns whether a name is a part in a conversation, such as `Interviewer`, `Klientin 2`, `INT` or `Speaker 1`."""
    return is_role(name) or is_interviewed(name)


@lru_cache(maxsize=4096)
def is_interviewed(name: str) -> bool:
    """Returns whether a name is one that only transcripts have: `Interviewer`, `Klientin 2`, `Speaker 1` or `P3`.

    `User` or `Client` may stand above a part of a manual, too.
    """
    first, *more = name.casefold().split() or [""]
    is_word = (first in _PARTS or (bool(more) and is_role(name))) and all(word.isdecimal() for word in more)
    return is_word or _CODE.fullmatch(name) is not None


def is_program(name: str) -> bool:
    """Returns whether a name is that of a program that answers, such as `Assistant`."""
    return name.casefold() in _PROGRAMS


def speaks_of_us(text: str) -> bool:
    """Returns whether a text has a word for who speaks or who is spoken to, as what is said has and documents lack."""
    return (not text.isascii() and not _LATIN.search(text)) or not _US.isdisjoint(_WORD.findall(text.casefold()))


@lru_cache(maxsize=4096)
def is_section(name: str) -> bool:
    """Returns whether a text is what parts of songs, change logs, manuals or plans are called, such as `Verse 1`."""
    words = [word.strip(":.,!") for word in _COUNT.sub("", name.casefold(), count=1).split()]
    if not words:
        return True
    return words[0] in _NOBODY or (len(words) > 1 and words[-1] in _OF_THINGS)
