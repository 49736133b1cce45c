"""Prompt pieces to token ids: frames, ends, cuts, blanks, and text that looks like a special token."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import processors

from instructerc.backbones.language_models.tokenizer import PromptTokenizer, check_window
from instructerc.errors import InputError, LabelError, ModelError
from instructerc.prompts import PromptTree, Question, Segment

KINDS = ("byte", "metaspace", "legacy")
TEMPLATE = (
    "{% for message in messages %}<s>{{ message.role }}: {{ message.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}answer:{% endif %}"
)


@pytest.fixture(scope="module")
def tokenizers(make_tokenizer):
    return {kind: PromptTokenizer(make_tokenizer(kind), 128) for kind in (*KINDS, "words", "letters")}


def _tree(*questions):
    segments = (Segment("A line.\n", whole=True), Segment("Ann: the door\n"), Segment("Bo: ha\n"))
    return PromptTree(segments, questions or (Question("q", 2, "Bo feels", (" joy", " sad", " sadness")),), "")


def _joined(tokenised, question=0, option=0):
    asked = tokenised.questions[question]
    return [*tokenised.prompt(asked), *asked.options[option]]


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_read_as_the_whole_text_reads(tokenizers, kind):
    tokenizer = tokenizers[kind]
    tokenised = tokenizer.tokenise(_tree())
    text = "A line.\nAnn: the door\nBo: ha\nBo feels sadness"
    ids = _joined(tokenised, option=2)
    assert ids == [*tokenizer.tokenizer(text)["input_ids"], tokenizer.end_id]
    assert tokenised.trunk[0][0] == tokenizer.tokenizer.bos_token_id


@pytest.mark.parametrize("kind", ["metaspace", "legacy"])
def test_a_blank_that_a_tokenizer_puts_before_every_text_stands_before_the_first_piece_alone(tokenizers, kind):
    tokenizer = tokenizers[kind]
    alone = tokenizer.tokenizer("Bo: ha\n", add_special_tokens=False)["input_ids"]
    (piece, _), (empty, _), (line, _) = tokenizer.pieces(["Bo: ha\n", "", "\nBo"], "segment")
    names = tokenizer.tokenizer.convert_ids_to_tokens
    assert names(alone)[0].startswith("▁")
    assert not names(list(piece))[0].startswith("▁")
    assert empty == ()
    assert names(list(line))[0] == "<0x0A>"
    (option, _) = tokenizer.pieces([" joy"], "option")[0]
    assert "".join(names(list(option))) == "▁joy"


@settings(max_examples=60)
@given(kind=st.sampled_from(KINDS), text=st.text(st.sampled_from("ab .,\n\té☃的<s>/"), max_size=12))
def test_no_character_is_lost(tokenizers, kind, text):
    tokenizer = tokenizers[kind]
    before = tokenizer.pieces(["Ann:"], "segment")[0][0]
    ids = [*before, *tokenizer.pieces([text], "segment")[0][0]]
    assert tokenizer.tokenizer.decode(ids, clean_up_tokenization_spaces=False).lstrip() == f"Ann:{text}".lstrip()


@pytest.mark.parametrize("kind", KINDS)
def test_special_tokens_in_a_text_are_text_in_every_kind_of_piece(tokenizers, kind):
    tokenizer = tokenizers[kind]
    special = set(tokenizer.tokenizer.all_special_ids) - {tokenizer.tokenizer.unk_token_id}
    text = "stop</s><s>now <pad>"
    for piece in ("head", "segment", "branch", "option"):
        # Any other use of the tokenizer reads special tokens as such, and must not change how ours are read.
        assert tokenizer.tokenizer("</s>", add_special_tokens=False)["input_ids"] == [tokenizer.end_id]
        assert special.isdisjoint(tokenizer.pieces([f"{piece} {text}"], piece)[0][0])
    tree = PromptTree((Segment(text), Segment(text)), (Question("q", 1, text, (text, "b")),), "")
    found = [token for token in _joined(tokenizer.tokenise(tree)) if token in special]
    assert found == [tokenizer.tokenizer.bos_token_id, tokenizer.end_id]


@pytest.mark.parametrize("kind", KINDS)
def test_other_use_of_the_same_tokenizer_changes_no_piece(make_tokenizer, kind):
    shared = make_tokenizer(kind)
    shared.pad_token = shared.eos_token
    before, after = PromptTokenizer(shared, 128), PromptTokenizer(shared, 128)
    expected = before.tokenise(_tree())
    shared(["a", "a long text beside a short one"], padding=True, truncation=True, max_length=3)
    assert after.tokenise(_tree()) == expected


def test_the_end_token_parts_options_that_begin_alike(tokenizers):
    for kind in KINDS:
        sad, sadness = tokenizers[kind].option(" sad"), tokenizers[kind].option(" sadness")
        assert sad[-1] == sadness[-1] == tokenizers[kind].end_id
        assert sadness[: len(sad)] != sad


def test_a_tokenizer_may_lack_a_start_and_a_padding_token(make_tokenizer):
    full = PromptTokenizer(make_tokenizer(), 128)
    assert (full.prefix, full.pad_id) == ((full.tokenizer.bos_token_id,), full.tokenizer.pad_token_id)
    bare = PromptTokenizer(make_tokenizer(without=("bos", "pad")), 128)
    assert (bare.prefix, bare.pad_id) == ((), bare.end_id)
    assert bare.tokenise(_tree()).trunk[0] == bare.pieces(["A line.\n"], "head")[0][0]


def test_what_a_tokenizer_puts_after_a_prompt_is_left_out(make_tokenizer):
    fast = make_tokenizer()
    fast.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", fast.bos_token_id), ("</s>", fast.eos_token_id)]
    )
    tokenizer = PromptTokenizer(fast, 128)
    assert (tokenizer.prefix, tokenizer.suffix) == ((fast.bos_token_id,), ())
    assert fast.eos_token_id not in tokenizer.tokenise(_tree()).prompt(tokenizer.tokenise(_tree()).questions[0])


def test_a_tokenizer_without_an_end_token_needs_one_by_name(make_tokenizer):
    tokenizer = make_tokenizer(without=("eos",))
    with pytest.raises(ModelError, match=r"no end token, without which 'sad'.*backbone\.end_token"):
        PromptTokenizer(tokenizer, 128)
    with pytest.raises(ModelError, match=r"end token '<end>' is not in the tokenizer's vocabulary"):
        PromptTokenizer(tokenizer, 128, end_token="<end>")
    named = PromptTokenizer(tokenizer, 128, end_token="<pad>")
    assert named.option(" joy")[-1] == named.end_id == tokenizer.pad_token_id


def test_options_that_are_the_same_tokens_are_refused(tokenizers):
    tokenizers["words"].check_options(("joy", "sad", "calm"))
    with pytest.raises(LabelError, match=r"options 'glee' and 'mirth' are the same tokens.*rename one"):
        tokenizers["words"].check_options(("joy", "glee", "mirth"))
    # Blanks are no tokens to this tokenizer.
    with pytest.raises(LabelError, match="options 'joy' and ' joy' are the same tokens"):
        tokenizers["words"].check_options(("joy", " joy"))
    tokenizers["byte"].check_options(("joy", " joy", "glee", "mirth"))


def test_an_option_without_a_token_is_refused(tokenizers):
    assert tokenizers["letters"].option("joy")
    with pytest.raises(LabelError, match=r"option ' ☃' has no token.*rename it"):
        tokenizers["letters"].check_options((" joy", " ☃"))


def test_a_long_piece_is_cut_and_says_so(make_tokenizer):
    tokenizer = PromptTokenizer(make_tokenizer(), 64)
    words = [f"word{number}" for number in range(40)]
    text = " ".join(words)
    whole = tokenizer.tokenizer(text, add_special_tokens=False)["input_ids"]
    for _ in range(2):  # the second time from memory
        (end_lost, cut), (short, short_cut) = tokenizer.pieces([text, "ha"], "segment")
        assert (cut, short_cut) == (True, False)
        assert list(end_lost) == whole[: 64 * 3 // 8]
        assert tokenizer.tokenizer.decode(short) == "ha"
        (middle_lost, cut) = tokenizer.pieces([text], "branch")[0]
        assert cut
        assert (list(middle_lost[:12]), list(middle_lost[12:])) == (whole[:12], whole[-12:])
    # What stands before the first utterance is never cut.
    assert tokenizer.pieces([" ".join(words[:8])], "head")[0][1] is False
    assert len(tokenizer.trunk([Segment(text, whole=True)])[0]) == len(whole) + 1


def test_a_megabyte_costs_no_more_than_a_page(tokenizers):
    text = "they walked the long way round " * 33_000
    begin = time.perf_counter()
    for kind in ("segment", "branch"):
        ((ids, cut),) = tokenizers["byte"].pieces([text], kind)
        assert (len(ids), cut) == (48, True)
    assert time.perf_counter() - begin < 1


def test_only_gold_options_are_spelled_for_training(tokenizers):
    questions = (
        Question("q", 1, "Ann feels", (" joy", " sad"), answer=1),
        Question("q", 2, "", (" joy", " sad")),
        Question("q", 2, "Bo feels", (" joy", " sad", " calm"), answer=0),
    )
    tokenizer = tokenizers["byte"]
    whole, gold = tokenizer.tokenise(_tree(*questions)), tokenizer.tokenise(_tree(*questions), gold_only=True)
    assert [question.numbers for question in whole.questions] == [(0, 1), (0, 1), (0, 1, 2)]
    assert [(question.number, question.numbers) for question in gold.questions] == [(0, (1,)), (2, (0,))]
    assert [question.options for question in gold.questions] == [
        (tokenizer.option(" sad"),),
        (tokenizer.option(" joy"),),
    ]
    assert whole.questions[1].branch == ()
    assert gold.trunk == whole.trunk


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chat", [False, True], ids=["plain", "chat"])
def test_lengths_are_told_as_they_will_be(make_tokenizer, kind, chat):
    fast = make_tokenizer(kind)
    fast.chat_template = TEMPLATE
    tokenizer = PromptTokenizer(fast, 128, chat=chat)
    tree = _tree(Question("q", 2, "", (" joy", " sadness")), Question("q", 1, "they walked the long way", (" a", " b")))
    tokenised = tokenizer.tokenise(tree)
    head = tokenizer.head_length(tree.trunk[:1])
    assert len(tokenizer.prefix) + head == len(tokenised.trunk[0])
    turns = [len(ids) for ids, _ in tokenizer.pieces([segment.text for segment in tree.trunk[1:]], "segment")]
    assert turns == [len(segment) for segment in tokenised.trunk[1:]]
    asked = [len(question.branch) + max(map(len, question.options)) for question in tokenised.questions]
    assert [tokenizer.reserve([question]) for question in tree.questions] == asked
    assert tokenizer.reserve(tree.questions) == max(asked)
    assert tokenizer.reserve([]) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_chat_template_frames_the_prompt(make_tokenizer, kind):
    fast = make_tokenizer(kind)
    fast.chat_template = TEMPLATE
    for _ in range(2):  # the same tokenizer twice: the first use must not spoil the second
        tokenizer = PromptTokenizer(fast, 128, chat=True)
        ids = _joined(tokenizer.tokenise(_tree()), option=1)
        specials = [token for token in ids if token in fast.all_special_ids]
        assert specials == [fast.bos_token_id, fast.eos_token_id, fast.eos_token_id]
        text = fast.decode(ids, skip_special_tokens=True)
        # The answer follows the frame without the blank that follows a question's words.
        assert text.replace(" ", "") == "user:Aline.\nAnn:thedoor\nBo:ha\nBofeelsanswer:sad"
        assert text.endswith("answer:sad")


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        (None, "no chat template; switch it off"),
        ("{{ messages[0].content | upper }}", "changes the user's message"),
    ],
)
def test_a_chat_template_that_is_of_no_use_is_refused(make_tokenizer, template, fault):
    tokenizer = make_tokenizer()
    tokenizer.chat_template = template
    with pytest.raises(ModelError, match=fault):
        PromptTokenizer(tokenizer, 128, chat=True)


def test_what_is_remembered_is_bounded(make_tokenizer, monkeypatch):
    monkeypatch.setattr("instructerc.backbones.language_models.tokenizer._CACHED_PIECES", 3)
    tokenizer = PromptTokenizer(make_tokenizer(), 128)
    texts = [f"line {number}" for number in range(9)]
    assert [len(ids) for ids, _ in tokenizer.pieces(texts * 2, "segment")] == [
        len(ids) for text in texts * 2 for ids, _ in tokenizer.pieces([text], "segment")
    ]
    assert len(tokenizer._cache) == 3


def test_a_piece_is_not_forgotten_while_another_is_read(make_tokenizer, monkeypatch):
    monkeypatch.setattr("instructerc.backbones.language_models.tokenizer._CACHED_PIECES", 3)
    tokenizer = PromptTokenizer(make_tokenizer(), 128)
    expected = PromptTokenizer(make_tokenizer(), 128).pieces(["ha", "no way!"], "segment")
    tokenizer.pieces(["ha"], "segment")
    read, interrupted = tokenizer._ids, []

    def interrupt(texts):
        if not interrupted:
            interrupted.append(True)
            tokenizer.pieces([f"line {number}" for number in range(9)], "segment")
        return read(texts)

    monkeypatch.setattr(tokenizer, "_ids", interrupt)
    assert tokenizer.pieces(["ha", "no way!"], "segment") == expected
    assert interrupted


@pytest.mark.parametrize("kind", ["byte", "legacy"])
def test_threads_share_a_tokenizer(make_tokenizer, monkeypatch, kind):
    monkeypatch.setattr("instructerc.backbones.language_models.tokenizer._CACHED_PIECES", 800)
    tokenizer = PromptTokenizer(make_tokenizer(kind), 128)
    texts = [f"line {number}" for number in range(4_000)]
    expected = dict(zip(texts, tokenizer.pieces(texts, "segment"), strict=True))

    def read(first):
        own, found = texts[first::8], {}
        # Most was read before, and is about to be pushed out by what the others read.
        for end in range(10, len(own) + 10, 10):
            some = own[max(0, end - 110) : end]
            found |= zip(some, tokenizer.pieces(some, "segment"), strict=True)
        return found

    with ThreadPoolExecutor(8) as threads:
        assert {text: item for part in threads.map(read, range(8)) for text, item in part.items()} == expected


def test_a_window_beyond_the_model_s_is_an_error():
    check_window(512, 512, "m")
    check_window(4096, None, "m")
    with pytest.raises(InputError, match="model 'm' reads 512 tokens; max_tokens is 513"):
        check_window(513, 512, "m")
