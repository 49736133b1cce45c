"""Prompt pieces to a language model's token ids: the same function in training, scoring and live use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import RLock
from typing import Any, Literal

from instructerc.errors import InputError, LabelError, ModelError
from instructerc.prompts import PromptTree, Question, Segment
from instructerc.prompts.rows import TokenisedQuestion, TokenisedTree, Tokens
from instructerc.sharing import BoundedCache

_TRUNK_KINDS: tuple[Literal["head", "segment"], ...] = ("head", "segment")
_CACHED_PIECES = 16384
_CHARACTERS_PER_TOKEN = 64
# Stands before each piece while it is tokenised, where a tokenizer would take every text for the start of a sentence.
_SENTINEL = "\n"
_PLACE = "\u2063place of the prompt\u2063"


class PromptTokenizer:
    """Tokenises the pieces of a prompt one by one, so that flat and packed prompts have the same ids.

    Special tokens written in a text are text. A trunk piece longer than three eighths of the window loses its end,
    a question that long its middle, so that both fit together and the question's last words stay. Many threads may
    share one.

    Args:
        tokenizer: a transformers tokenizer.
        max_tokens: the window, in tokens.
        chat: whether the prompt is put into the model's chat template, as the user's message.
        end_token: ends each option; the tokenizer's own end token where None.

    Raises:
        ModelError: no end token, one that is not in the vocabulary, or no chat template though one is asked for.
    """

    def __init__(self, tokenizer: Any, max_tokens: int, *, chat: bool = False, end_token: str | None = None) -> None:
        self.tokenizer = tokenizer
        self.max_tokens = max_tokens
        self.chat = chat
        self.end_token = end_token
        self.max_piece = max(4, max_tokens * 3 // 8)
        self.end_id = self._end_id()
        # Padding is never read, so any token will do where the tokenizer has none.
        self.pad_id = self.end_id if tokenizer.pad_token_id is None else int(tokenizer.pad_token_id)
        self.prefix, self.suffix = self._frame()
        self._backend = getattr(tokenizer, "backend_tokenizer", None)
        self._cache = BoundedCache[tuple[str, str], tuple[Tokens, bool]](_CACHED_PIECES)
        # A tokenizer whose settings change while another thread tokenises fails, or reads that thread's text otherwise.
        self._tokenising = RLock()
        self._sentinel = self._needed_sentinel()

    def _end_id(self) -> int:
        if self.end_token is None:
            if self.tokenizer.eos_token_id is None:
                raise ModelError(
                    "the tokenizer has no end token, without which 'sad' cannot be told from 'sadness'; "
                    "name one of its tokens as backbone.end_token"
                )
            return int(self.tokenizer.eos_token_id)
        found = self.tokenizer.get_vocab().get(self.end_token)
        if found is None:
            raise ModelError(f"end token {self.end_token!r} is not in the tokenizer's vocabulary")
        return int(found)

    def _frame(self) -> tuple[Tokens, Tokens]:
        """Returns what stands before and after every prompt: the start token, or the chat template's frame."""
        if self.chat:
            if not getattr(self.tokenizer, "chat_template", None):
                raise ModelError("backbone.chat is on, but the tokenizer has no chat template; switch it off")
            text = self.tokenizer.apply_chat_template(
                [{"role": "user", "content": _PLACE}], tokenize=False, add_generation_prompt=True
            )
            before, found, after = text.partition(_PLACE)
            if not found:
                raise ModelError("the tokenizer's chat template changes the user's message")
            return tuple(self._with_specials(before)), tuple(self._with_specials(after))
        bare, whole = self._with_specials("a"), list(self.tokenizer("a")["input_ids"])
        first = next((index for index in range(len(whole)) if whole[index : index + len(bare)] == bare), 0)
        return tuple(whole[:first]), ()

    def _with_specials(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def _needed_sentinel(self) -> Tokens:
        """Returns the sentinel's ids if a piece reads otherwise after it than alone, else none."""
        base, alone, after = self._ids([_SENTINEL, "a", _SENTINEL + "a"])
        return base if base and after[: len(base)] == base and after[len(base) :] != alone else ()

    def _ids(self, texts: Sequence[str]) -> list[Tokens]:
        with self._tokenising:
            if self._backend is not None:
                # Each time: any other use of the tokenizer may set them otherwise.
                self._backend.no_truncation()
                self._backend.no_padding()
                self._backend.encode_special_tokens = True
                return [tuple(item.ids) for item in self._backend.encode_batch(list(texts), add_special_tokens=False)]
            return [
                tuple(self.tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"])
                for text in texts
            ]

    def _inner_ids(self, texts: Sequence[str]) -> list[Tokens]:
        """Returns the ids of texts that continue others."""
        if not self._sentinel:
            return self._ids(texts)
        size = len(self._sentinel)
        found = self._ids([_SENTINEL + text for text in texts])
        # A text that melts with the sentinel is read alone.
        return [
            ids[size:] if ids[:size] == self._sentinel else self._ids([text])[0]
            for ids, text in zip(found, texts, strict=True)
        ]

    def pieces(
        self, texts: Sequence[str], kind: Literal["head", "segment", "branch", "option"]
    ) -> list[tuple[Tokens, bool]]:
        """Returns, for each text, its token ids and whether it was longer than it may be and was cut."""
        size = self.max_tokens if kind == "head" else self.max_piece
        limit = size * _CHARACTERS_PER_TOKEN

        def read(missing: Sequence[tuple[str, str]]) -> Iterator[tuple[Tokens, bool]]:
            # Characters are cut first, so that a megabyte costs no more than a page.
            short = [text if len(text) <= limit else self._shorten(text, limit, kind) for _, text in missing]
            for (_, text), kept, ids in zip(missing, short, self._inner_ids(short), strict=True):
                cut = len(ids) > size
                yield self._shorten(ids, size, kind) if cut else ids, cut or len(kept) < len(text)

        return self._cache.find([(kind, text) for text in texts], read, lambda key: len(key[1]) < limit)

    def _shorten(self, piece: Any, size: int, kind: str) -> Any:
        """Returns a text or its ids cut to `size`."""
        if kind == "segment":
            return piece[:size]
        return piece[: size // 2] + piece[len(piece) - (size - size // 2) :]

    def option(self, text: str) -> Tokens:
        """Returns an option's token ids, the end token included.

        Raises:
            LabelError: a text without a token.
        """
        ids = self.pieces([text.lstrip() if self.chat else text], "option")[0][0]
        if not ids:
            raise LabelError(
                f"option {text!r} has no token in this model's vocabulary; rename it or choose another model"
            )
        return (*ids, self.end_id)

    def check_options(self, options: Sequence[str]) -> None:
        """Raises LabelError if the model could not tell two of these options apart, or read one of them."""
        seen: dict[Tokens, str] = {}
        for text in options:
            ids = self.option(text)
            if ids in seen:
                raise LabelError(
                    f"options {seen[ids]!r} and {text!r} are the same tokens to this model, "
                    "which cannot tell them apart; rename one of them"
                )
            seen[ids] = text

    def tokenise(self, tree: PromptTree, gold_only: bool = False) -> TokenisedTree:
        """Returns the tree in token ids.

        Args:
            tree: the tree.
            gold_only: whether only gold options are spelled, as training needs them; questions without are left out.
        """
        asked = [item for item in enumerate(tree.questions) if item[1].answer is not None or not gold_only]
        branches = iter(self.pieces([question.text for _, question in asked if question.text], "branch"))
        questions = []
        for place, question in asked:
            gold = (question.answer,) if question.answer is not None else ()
            numbers = gold if gold_only else tuple(range(len(question.options)))
            options = tuple(self.option(question.options[number]) for number in numbers)
            branch = (*(next(branches)[0] if question.text else ()), *self.suffix)
            questions.append(TokenisedQuestion(question.after, branch, options, numbers, place))
        return TokenisedTree(self.trunk(tree.trunk), tuple(questions))

    def trunk(self, segments: Sequence[Segment]) -> tuple[Tokens, ...]:
        """Returns the ids of each trunk segment; the first one opens the prompt."""
        first = self._ids([segments[0].text])[0] if segments[0].text else ()
        rest = segments[1:]
        found = {
            kind: iter(self.pieces([segment.text for segment in rest if segment.whole == (kind == "head")], kind))
            for kind in _TRUNK_KINDS
        }
        return ((*self.prefix, *first), *(next(found["head" if part.whole else "segment"])[0] for part in rest))

    def head_length(self, segments: Sequence[Segment]) -> int:
        """Returns the tokens of the segments before the first utterance, without what opens every prompt."""
        return sum(map(len, self.trunk(segments))) - len(self.prefix)

    def reserve(self, questions: Sequence[Question]) -> int:
        """Returns the most tokens that one of these questions takes with its longest option."""
        branches = iter(self.pieces([question.text for question in questions if question.text], "branch"))
        sizes = [0]
        for question in questions:
            branch = len(next(branches)[0]) if question.text else 0
            sizes.append(branch + len(self.suffix) + max(len(self.option(option)) for option in question.options))
        return max(sizes)


def check_window(max_tokens: int, window: int | None, name: str) -> None:
    """Raises InputError if more tokens are asked for than the model reads."""
    if window is not None and max_tokens > window:
        raise InputError(f"model {name!r} reads {window} tokens; max_tokens is {max_tokens}")
