"""Owns the lines that Western pages put around and into an article: dates, bylines, newsletters, contacts, teasers.

Chinese sites with English, French or German editions carry them too. All patterns run on text folded by
`pipelines.labels.fold`; a pattern names what such a line says on any site.
"""

from __future__ import annotations

import re

from pipelines.tells import LATIN

__all__ = ["is_latin_edge", "is_latin_furniture", "is_latin_tail_heading", "may_be_latin_furniture"]

_LINE = re.compile(
    r"^\W{0,3}(?:"
    r"(?:sign up|sign in)\b.{0,100}(?:newsletter|e-?mail|inbox|alerts?|today|now|account)\b.{0,40}|subscribe (?:to"
    r"|now|for|today)\b.{0,140}|register (?:to|now|for)\b.{0,100}"
    r"|create an account.{0,100}|already (?:a|have).{0,60}(?:log ?in|sign ?in).{0,20}"
    r"|follow (?:us|him|her|them|me|@|the)\b.{0,100}(?:twitter|facebook|instagram|@\w+).{0,60}|like this story\?.{0,60}"
    r"|get (?:the latest|our|more|daily|updates|email)\b.{0,100}(?:inbox|newsletter|updates|delivered|authors).{0,40}"
    r"|get .{3,60} delivered (?:to|through|straight) your.{0,100}|want more .{0,60}\?.{0,60}|have a tip\?.{0,120}"
    r"|click here for (?:more|all|the latest)\b.{0,60}|share (?:this|on|via|your)\b.{0,60}|tap (?:here|to)\b.{0,60}"
    r"|we apologi[sz]e, but this video.{0,40}|try refreshing your browser.{0,20}|back to video"
    r"|this slideshow requires.{0,40}"
    r"|see more\s?:.{0,120}|don.t miss:?|also read\s?:?.{0,140}|read (?:also|later|more)\s?:?.{0,140}|more\s?:"
    r"|author of the article\s?:?.{0,40}|opinion columnist|staff writer|text size|key points|by|image|photos?|gallery"
    r"|\d+ (?:min(?:ute)?s?)(?: de lectura| read| ago)?|\d+ shares?|last updated.{0,40}ago|article reserve aux abonn.s"
    r"|article réservé aux abonnés.{0,20}|temps de lecture.{0,20}|lire aussi\b.{0,160}|il vous reste .{0,100}abonnés\.?"
    r"|lesen sie (?:auch|mehr)\b.{0,120}|weitere informationen|ende der weiteren informationen"
    r"|empfohlener redaktioneller inhalt"
    r"|(?:this|you can) (?:story|article) (?:is|was) (?:free|reserved|first published).{0,60}"
    r"|this content is reserved.{0,60}"
    r"|記事に.{0,40}会員登録.{0,20}|この記事は会員限定.{0,20}|カテゴリーをフォロー.{0,60}"
    r")\W{0,3}$",
    re.I,
)
_MAY_BE = re.compile(f"{LATIN.pattern}|[記カこ]")
"""What each of the lines of Western pages holds."""

_RIGHTS = re.compile(
    r"all rights reserved|subject to copyright|is strictly prohibited without",
    re.I,
)
_TAIL_HEADING = re.compile(
    r"^\W{0,3}(?:(?:top(?: rated)?|our|latest|all|most|recent|reader|trending|popular|featured|editor.s)"
    r"(?: \w+){0,2} (?:comments|stories|news|articles|posts|videos|picks|read(?: in.{0,24})?)"
    r"|(?:most|best) (?:read|viewed|popular|shared)\b.{0,30}|more (?:great|from|on|stories|in|about)\b.{0,40}"
    r"|more (?!than|or|and|of|to|people|importantly)(?:[A-Z]\w+ ?){1,3}|related(?: \w+){1,2}\W?|you (?:may"
    r"|might)\b.{0,24}like.{0,12}"
    r"|explore further|recommended.{0,20}|up next|read next|what to read next|join the (?:conversation|discussion)"
    r"|você (?:pode|vai|também).{0,20}|leia (?:também|mais).{0,20}|veja também.{0,20}|también te puede.{0,24}"
    r"|lee también.{0,20}"
    r"|meistgelesen.{0,20}|meistgelesene artikel|neueste artikel|zum thema|aus dem ressort|passend zum artikel"
    r"|mehr zum thema.{0,24}"
    r"|les plus lus.{0,20}|sur le même (?:sujet|thème).{0,20}|à lire aussi.{0,20}|dans la même rubrique"
    r"|关连记事|【?(?:関連|关連)(?:記事|ニュース|记事)】?|あわせて読みたい|おすすめ(?:記事|记事)?|관련\s?기사.{0,10})\W{0,3}$",
    re.I,
)
_CLOCK = re.compile(r"\b\d{1,2}[:h]\d\d\b|\b\d{1,2}\s?[ap]\.?m\b", re.I)
_DAY = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s\d{1,2},?\s(?:19|20)\d\d"
    r"|\b\d{1,2}\.?\s(?:de\s)?[a-zéû]{3,10}\.?,?\s(?:de\s)?(?:19|20)\d\d\b|\b\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d\b",
    re.I,
)
_DATED_LABEL = re.compile(
    r"\b(?:published|updated?|posted|created|publicado|publié|modifié|aktualisiert|stand)\b", re.I
)
_BYLINE = re.compile(r"^(?:by|von|por|par|di)\s[A-Z][^.!?]{2,60}$", re.I)
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.\w+|\btwitter\.com/|(?:^|\s|\()@\w{3,}|\bon (?:twitter|facebook|instagram)\b"
    r"|\b(?:is|was) an? (?:[\w-]+ ){0,6}(?:writer|reporter|editor|journalist|correspondent|columnist|freelancer"
    r"|author)\b"
    r"|\b(?:reporting|editing|writing) by\b|\bwrite to\b|\bcan be reached\b|\bcontributed to this (?:report|article"
    r"|story)\b",
    re.I,
)
_HAN = re.compile("[\u4e00-\u9fff]")
_SENTENCE = re.compile(r"[.!?…][\"”’')»]?$")


def may_be_latin_furniture(text: str) -> bool:
    """Return whether `is_latin_furniture` may take a line, folded or not."""
    return _MAY_BE.search(text) is not None


def is_latin_furniture(folded: str) -> bool:
    """Return whether a folded line of at most 200 characters is a Western page's own."""
    return may_be_latin_furniture(folded) and (_LINE.match(folded) or _RIGHTS.search(folded)) is not None


def is_latin_tail_heading(folded: str) -> bool:
    """Return whether a folded line of at most 60 characters opens what follows an article on a Western page."""
    return len(folded) <= 60 and _TAIL_HEADING.match(folded) is not None


def is_latin_edge(folded: str, *, last: bool) -> bool:
    """Return whether a line at the head or (`last`) the end of a Western article tells when or by whom it was made."""
    if len(folded) > 220 or folded[:1] in "-—–" or _HAN.search(folded):
        return False
    whole = _SENTENCE.search(folded) is not None
    dated = bool(_CLOCK.search(folded) or _DAY.search(folded))
    if dated and len(folded) <= 140 and (not whole or (_DATED_LABEL.search(folded) and len(folded) <= 80)):
        return True
    if _BYLINE.match(folded) and not whole:
        return True
    return last and _CONTACT.search(folded) is not None
