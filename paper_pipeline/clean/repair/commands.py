"""Names of the commands that are no sign, by what becomes of them.

Data flow: name of a command, without backslash -> the table that holds it (see macros.py).

Signs belong in signs.py.
"""

from collections.abc import Mapping
from functools import cache

FUNCTIONS = frozenset(
    "log ln lg exp sin cos tan tanh sinh cosh cot arctan arccos arcsin max min sup inf lim limsup "
    "liminf arg argmax argmin det dim ker deg gcd Pr mod bmod hom poly polylog softmax KL".split()
)
TEXT_COMMANDS = {
    "textgreater": ">", "textless": "<", "textbar": "|", "textbackslash": "\\", "backslash": "\\",
    "textasciitilde": "~", "textasciicircum": "^", "textunderscore": "_", "textdollar": "$",
    "textdegree": "°", "textmu": "µ", "texttimes": "×", "textpm": "±", "texteuro": "€",
    "euro": "€", "pounds": "£", "textsterling": "£", "textyen": "¥", "textcent": "¢",
    "copyright": "©", "textcopyright": "©", "textregistered": "®", "texttrademark": "™",
    "textbullet": "•", "textendash": "–", "textemdash": "—", "textquotedblleft": "“",
    "textquotedblright": "”", "textquoteleft": "‘", "textquoteright": "’", "lq": "‘", "rq": "’",
    "textquotesingle": "'", "textperiodcentered": "·", "textonehalf": "½", "textrightarrow": "→",
    "textleftarrow": "←", "textuparrow": "↑", "textdownarrow": "↓", "textbraceleft": "{",
    "textbraceright": "}", "slash": "/", "LaTeX": "LaTeX", "TeX": "TeX", "item": "•",
    "textnumero": "№", "textsection": "§", "textasteriskcentered": "*", "guillemotleft": "«",
    "guillemotright": "»", "percent": "%", "And": "&", "and": "and", "today": "today",
}  # fmt: skip
# Macros that authors define alike everywhere; the final full stop falls before another.
ABBREVIATIONS = {
    "ie": "i.e.", "eg": "e.g.", "Ie": "I.e.", "Eg": "E.g.", "etal": "et al.", "etc": "etc.",
    "vs": "vs.", "cf": "cf.", "wrt": "w.r.t.", "iid": "i.i.d.", "aka": "a.k.a.",
}  # fmt: skip
STYLES = frozenset(
    "text textit textbf texttt textsc textrm textsf textsl textup textmd textnormal textlf "
    "mathit mathbf mathbb mathcal mathrm mathsf mathtt mathfrak mathscr mathds mathnormal emph "
    "mbox hbox fbox underline uline underbar operatorname boldsymbol bm pmb ensuremath mathop "
    "mathbin mathrel bold uppercase lowercase MakeUppercase uwave sout st hl "
    "frak Bbb bold textquote red blue green cyan magenta orange purple teal violet brown gray grey "
    "overbrace underbrace smash phantom boxed mathversion vcenter centerline".split()
)


SWITCHES = frozenset(
    "bf it em tt sc rm sf sl bfseries itshape ttfamily scshape rmfamily sffamily slshape upshape "
    "mdseries normalfont tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge "
    "cal displaystyle textstyle scriptstyle scriptscriptstyle noindent indent centering protect "
    "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr middle limits nolimits xspace "
    "unboldmath boldmath nobreak leavevmode relax sloppy raggedright raggedleft null bigskip "
    "medskip smallskip hfill vfill clearpage newpage pagebreak nonumber notag hline maketitle "
    "doublespacing singlespacing allowbreak ignorespaces unskip".split()
)
SPACES = frozenset("quad qquad enspace thinspace space par newline linebreak nobreakspace".split())
# Commands whose first argument says how, not what.
SETTINGS = frozenset(
    "label vspace hspace begin end color textcolor colorbox fcolorbox fontsize selectlanguage "
    "foreignlanguage setlength vskip hskip hphantom vphantom rotatebox raisebox scalebox "
    "resizebox pagestyle thispagestyle bibliographystyle".split()
)
FOOTNOTES = frozenset("footnote footnotetext thanks".split())
CITATIONS = frozenset(
    "cite citep citet citealp citealt citeauthor citeyear citeyearpar citenum parencite textcite "
    "autocite footcite Citet Citep ref eqref autoref cref Cref pageref nameref vref citeplink "
    "citetlink shortcite shortciteN citeA citeN supercite fullcite nocite".split()
)
SCRIPT_COMMANDS = {"textsuperscript": "^", "textsubscript": "_"}
FRACTIONS = frozenset("frac dfrac tfrac cfrac nicefrac sfrac".split())
DECORATIONS = {
    "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303",
    "bar": "\u0304", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7", "check": "\u030c",
    "overline": "\u0304", "acute": "\u0301", "grave": "\u0300", "breve": "\u0306",
    "mathring": "\u030a",
}  # fmt: skip


@cache
def rare_signs() -> Mapping[str, str]:
    """Further commands that stand for one character, as pylatexenc knows them."""
    from pylatexenc.latex2text import get_default_latex_context_db  # here, for few texts need it

    signs: dict[str, str] = {}
    for spec in get_default_latex_context_db().iter_macro_specs():
        sign = spec.simplify_repl
        if (
            isinstance(sign, str)
            and len(sign) == 1
            and sign.isprintable()
            and len(spec.macroname) > 2
        ):
            signs[spec.macroname] = sign
    return signs
