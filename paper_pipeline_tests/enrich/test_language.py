"""Languages: short texts in ten of them, texts in none, and no network."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.enrich.language import detect_languages

TITLES = {
    "en": ["Graph attention for weather forecasts", "Efficient decoding on small devices"],
    "de": ["Wettervorhersage mit neuronalen Netzen", "Schnelle Suche in großen Textsammlungen"],
    "fr": ["Une étude des modèles de langue", "Évaluation des systèmes de dialogue"],
    "es": ["Un estudio sobre modelos de lenguaje", "Hacia una mejor predicción del tiempo"],
    "pt": ["Um estudo sobre modelos de linguagem", "Avaliação de sistemas de diálogo"],
    "ru": ["Обзор языковых моделей", "Прогноз погоды нейронными сетями"],
    "zh": ["大语言模型综述", "小样本学习方法研究"],
    "ja": ["少ない例から学ぶ方法", "ニューラルネットによる天気予報"],
    "ko": ["언어 모델에 관한 연구", "대규모 문서의 빠른 검색"],
    "ar": ["دراسة حول نماذج اللغة", "التنبؤ بالطقس بالشبكات العصبية"],
}


@pytest.mark.parametrize("code", TITLES)
def test_titles(code: str) -> None:
    answers = detect_languages(TITLES[code])
    assert [language for language, _ in answers] == [code] * 2
    assert all(0.3 <= score <= 1 for _, score in answers)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="missing"),
        pytest.param("", id="empty"),
        pytest.param(" \n", id="blank"),
        pytest.param("BERT-2", id="short"),
        pytest.param("12 + 34 = 46 (???) 100 %", id="symbols"),
        pytest.param("https://github.com/owner/name", id="address"),
        pytest.param("学习", id="two-ideographs"),
        pytest.param("\x00" * 50, id="control-characters"),
    ],
)
def test_too_little_to_say(text: str | None) -> None:
    assert detect_languages([text]) == [(None, 0.0)]


def test_abstract_with_terms_of_another_language() -> None:
    text = "We study how models translate 学习 and 检索, two words that have many readings."
    assert detect_languages([text])[0][0] == "en"


def test_answers_do_not_depend_on_the_neighbours() -> None:
    texts = [title for titles in TITLES.values() for title in titles]
    alone = [detect_languages([text])[0] for text in texts]
    assert detect_languages(texts) == alone
    assert detect_languages(texts[::-1]) == alone[::-1]


@settings(deadline=None)  # the first call loads the model
@given(st.lists(st.none() | st.text(alphabet=st.characters(exclude_categories=())), max_size=3))
def test_any_text_gets_an_answer(texts: list[str | None]) -> None:
    answers = detect_languages(texts)
    assert len(answers) == len(texts)
    for code, score in answers:
        assert 0 <= score <= 1
        assert code is None or (len(code) == 2 and code.islower())


def test_nothing_is_downloaded() -> None:
    """Python's audit events of a fresh process: no name looked up, no connection, no file written.

    The one socket that is made is urllib3's, which binds it to see whether there is IPv6.
    """
    program = """
import sys
sys.dont_write_bytecode = True
seen = []
def note(event, arguments):
    is_write = event == "open" and any(letter in str(arguments[1]) for letter in "wax+")
    if is_write or event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}:
        seen.append((event, arguments))
sys.addaudithook(note)
from paper_pipeline.enrich.language import detect_languages
assert detect_languages(["Une étude des modèles de langue"])[0][0] == "fr"
assert not seen, seen
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
