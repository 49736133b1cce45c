"""The model of other languages that the repository holds: its files, and what it says to plain sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from instructerc.backbones.settings import read_settings
from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import load_corpus
from instructerc.evaluation import evaluate_recognitions
from instructerc.labels import LabelSet
from instructerc.recognition import Recognizer
from instructerc.recognition.language import language_name

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models/multilingual/src/instructerc_multilingual/model"
# Joy, anger, sadness, fear: one plain turn each.
SAID = {
    "en": ("I got the job, I'm so happy!", "You lied to me, get out!", "My father died last night.", "I'm scared."),
    "de": (
        "Ich habe den Job, ich freue mich so!",
        "Du hast mich angelogen, raus!",
        "Mein Vater ist gestorben.",
        "Ich habe Angst.",
    ),
    "es": (
        "¡Me dieron el trabajo, qué alegría!",
        "¡Me mentiste, vete de aquí!",
        "Mi padre murió anoche.",
        "Tengo mucho miedo.",
    ),
    "fr": (
        "J'ai eu le poste, je suis trop contente !",
        "Tu m'as menti, dehors !",
        "Mon père est mort cette nuit.",
        "J'ai peur.",
    ),
    "it": ("Ho avuto il lavoro, sono felicissima!", "Mi hai mentito, vattene!", "Mio padre è morto!", "Ho paura."),
    "pt": (
        "Consegui o emprego, estou tão feliz!",
        "Você mentiu pra mim, sai daqui!",
        "Meu pai morreu ontem.",
        "Estou com medo.",
    ),
    "nl": (
        "Ik heb de baan, ik ben zo blij!",
        "Je hebt tegen me gelogen, eruit!",
        "Mijn vader is overleden.",
        "Ik ben bang.",
    ),
    "pl": ("Dostałam tę pracę, tak się cieszę!", "Okłamałeś mnie, wynoś się!", "Mój tata zmarł w nocy.", "Boję się."),
    "tr": ("İşi aldım, çok mutluyum!", "Bana yalan söyledin, defol!", "Babam dün gece öldü.", "Çok korkuyorum."),
    "zh": ("我拿到那份工作了，太开心了！", "你骗我，给我滚出去！", "我爸爸昨晚去世了。", "我好害怕。"),
    "ja": ("仕事が決まった、すごく嬉しい！", "嘘ついたな、出て行け！", "昨夜、父が亡くなりました。", "怖いよ。"),
    "ko": ("취직했어, 너무 기뻐!", "나한테 거짓말했잖아, 당장 나가!", "어젯밤에 아버지가 돌아가셨어.", "너무 무서워."),
    "ar": ("حصلت على الوظيفة، أنا سعيدة جدا!", "لقد كذبت علي، اخرج من هنا!", "توفي والدي البارحة.", "أنا خائفة جدا."),
    "hi": (
        "मुझे नौकरी मिल गई, मैं बहुत खुश हूँ!",
        "तुमने मुझसे झूठ बोला, निकल जाओ!",
        "कल रात मेरे पिताजी चल बसे।",
        "मुझे बहुत डर लग रहा है।",
    ),
    "ru": (
        "Меня взяли на работу, я так рада!",
        "Ты мне соврал, убирайся!",
        "Мой отец умер этой ночью.",
        "Мне страшно.",
    ),
    "id": (
        "Aku diterima kerja, senang banget!",
        "Kamu bohong sama aku, keluar!",
        "Ayahku meninggal tadi malam.",
        "Aku takut sekali.",
    ),
    "uk": (
        "Мене взяли на роботу, я така рада!",
        "Ти мені збрехав, геть звідси!",
        "Мій батько помер цієї ночі.",
        "Мені страшно.",
    ),
}


@pytest.fixture(scope="module")
def recognizer():
    return Recognizer.from_pretrained(MODEL)


def test_files_are_small_and_complete():
    sizes = [path.stat().st_size for path in MODEL.iterdir()]
    assert max(sizes) <= 30e6
    assert sum(sizes) <= 70e6
    settings = read_settings(MODEL)
    assert settings.figures["dev_weighted_f1_float32"] - settings.figures["dev_weighted_f1"] <= 0.005


def test_plain_joy_grief_and_fear_are_found_and_nothing_bad_is_called_joy(recognizer):
    said = {}
    for code, texts in SAID.items():
        talks = [Conversation(code, [Utterance("Ann", text)]) for text in texts]
        said[code] = [turns[0].label for turns in recognizer.recognize_many(talks)]
    assert sum(labels[0] == "joy" for labels in said.values()) >= 14, said
    assert sum(labels[2] == "sadness" for labels in said.values()) >= 13, said
    assert sum(labels[3] == "fear" for labels in said.values()) >= 12, said
    # Any Italian sentence with an exclamation mark was joy once.
    assert not any("joy" in labels[1:] for labels in said.values()), said


def test_a_description_in_another_language_changes_the_answer(recognizer):
    names = ("Freude", "Wut", "Trauer")
    talk = Conversation("a", [Utterance("Ann", "Mein Chef hat mich heute vor allen angeschrien.")])
    bare, told = (
        recognizer.with_choices(LabelSet("mood", names, descriptions=descriptions)).recognize(talk)[0].probabilities
        for descriptions in ({}, {"Wut": "zornig sein, weil jemand ungerecht war"})
    )
    assert max(abs(told[name] - bare[name]) for name in names) > 0.005


@pytest.fixture(scope="module")
def recorded():
    """The figures of its card, in percent."""
    return json.loads((ROOT / "benchmarks/results/languages.json").read_text("utf-8"))


@pytest.mark.parametrize("page", ["models/multilingual/README.md", "docs/languages.md"])
def test_the_tables_have_the_recorded_figures(page, recorded):
    rows = {cells[0]: cells[1:] for cells in map(_cells, (ROOT / page).read_text("utf-8").splitlines()) if cells[1:]}
    for code, figures in recorded["everyday"].items():
        shown = list(map(float, rows[language_name(code)]))
        assert shown == pytest.approx([figures[name] for name in COLUMNS], abs=0.051)
    others = [figures for code, figures in recorded["everyday"].items() if code != "en"]
    n_turns, *means = (sum(figures[name] for figures in others) for name in COLUMNS)
    shown = [float(cell.strip("*")) for cell in rows["**mean of the sixteen**"]]
    assert shown == pytest.approx([n_turns, *(mean / len(others) for mean in means)], abs=0.06)


COLUMNS = ("utterances", "macro_f1", "weighted_f1", "micro_f1_without_neutral")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_words_of_its_card_have_the_recorded_figures(recorded):
    card = " ".join((ROOT / "models/multilingual/README.md").read_text("utf-8").split())
    other, worst = recorded["other_labels"], sorted(recorded["everyday"].items(), key=lambda item: item[1]["macro_f1"])
    assert f"development is {other['ece']:.1f} (by chance {other['ece_by_chance']:.1f})" in card
    for code, figures in worst[:2]:
        assert f"{language_name(code)} ({figures['macro_f1']:.1f})" in card


def test_the_figures_of_its_card_are_what_it_reaches(recognizer, recorded):
    talks = load_corpus("everyday-multilingual", ROOT / "data/everyday", "dev")
    for code in ("de", "zh"):
        chosen = [talk for talk in talks if str(talk.id).split("/")[-1].startswith(f"{code}-")]
        answers = list(recognizer.recognize_many(chosen))
        found = evaluate_recognitions(chosen, answers, recognizer.label_set)
        assert 100 * found.macro_f1 == pytest.approx(recorded["everyday"][code]["macro_f1"], abs=2.0)
