"""The `remote` backbone: a language model on a server scores the options, token by token of their trie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event

import numpy as np

from instructerc.backbones.base import FloatArray, RecomputedTrunk, log_softmax
from instructerc.backbones.language_models.tokenizer import PromptTokenizer
from instructerc.backbones.options import BackboneOptions
from instructerc.backbones.remote.protocols import ServerProtocol
from instructerc.prompts import History, PromptTree, Question, Segment
from instructerc.prompts.rows import Tokens


class RemoteBackbone:
    """A causal language model on a server, as a backbone; its tokenizer is here.

    Scores are those of the same model in this process: the log-probabilities of all tokens of an option, its end token
    included, summed.

    Args:
        protocol: how the server is asked.
        tokenizer: of the model.
        history: earlier turns that a target sees.
        options: how it is read.
        concurrency: requests at once, at most.
    """

    kind = "remote"
    spells_options = True

    def __init__(
        self,
        protocol: ServerProtocol,
        tokenizer: PromptTokenizer,
        history: History,
        options: BackboneOptions,
        concurrency: int,
    ) -> None:
        self.protocol = protocol
        self.tokenizer = tokenizer
        self.history = history
        self.options = options
        self.budget = options.max_tokens - len(tokenizer.prefix)
        self.concurrency = concurrency

    def segment_lengths(self, texts: Sequence[str]) -> list[tuple[int, bool]]:
        """Returns, for each segment text, its tokens as used and whether it had to be cut."""
        return [(len(ids), cut) for ids, cut in self.tokenizer.pieces(texts, "segment")]

    def head_length(self, head: Sequence[Segment]) -> int:
        """Returns the tokens of the instruction and the opening."""
        return self.tokenizer.head_length(head)

    def reserve(self, questions: Sequence[Question]) -> int:
        """Returns the most tokens that one of these questions takes with its longest option."""
        return self.tokenizer.reserve(questions)

    def check_options(self, options: Sequence[str]) -> None:
        """Raises LabelError if the model could not tell two of these option texts apart, or read one of them."""
        self.tokenizer.check_options(options)

    def live(self) -> RecomputedTrunk:
        """Returns an empty trunk for one live conversation; the server's prefix cache keeps what it has in common."""
        return RecomputedTrunk(self)

    def score(self, trees: Sequence[PromptTree]) -> list[list[FloatArray]]:
        """Returns log p(option | prompt) of each question of each tree; see `Backbone.score`.

        The prompts of a tree are asked one after another, each longer than the one before, so that a server's prefix
        cache has what they share. Different trees are asked side by side.

        Raises:
            ModelError: the server does not do what is asked.
            Unreachable: no answer in time.
        """
        tokenised = [self.tokenizer.tokenise(tree) for tree in trees]
        scores = [[np.zeros(len(one.options), np.float32) for one in tree.questions] for tree in trees]
        stopped = Event()

        def ask_all(number: int) -> None:
            tree = tokenised[number]
            for question in sorted(tree.questions, key=lambda one: one.after):
                if stopped.is_set():
                    return
                values = self._option_scores(tree.prompt(question), question.options)
                scores[number][question.number][list(question.numbers)] = values

        # The longest ones first, so that none of them is asked alone at the end.
        order = sorted(range(len(trees)), key=lambda number: -len(trees[number].questions))
        with ThreadPoolExecutor(self.concurrency) as threads:
            try:
                for done in as_completed([threads.submit(ask_all, number) for number in order]):
                    done.result()
            except BaseException:
                stopped.set()
                threads.shutdown(cancel_futures=True)
                raise
        return [[log_softmax(values) for values in answers] for answers in scores]

    def _option_scores(self, prompt: Tokens, options: Sequence[Tokens]) -> FloatArray:
        """Returns the log-probability of each option after a prompt. Shape: [O]."""
        known: dict[Tokens, Mapping[int, float]] = {}
        children = option_trie(options)
        # The first tokens are asked for alone: then the server has the prompt in its cache for all that follow.
        for ends in ([()], [end for end in children if end]):
            if ends:
                tokens = sorted({token for end in ends for token in children[end]})
                known |= zip(ends, self.protocol.next_tokens(prompt, ends, tokens), strict=True)
        sums = [sum(known[option[:place]][token] for place, token in enumerate(option)) for option in options]
        lengths = [len(option) if self.options.length_normalised else 1 for option in options]
        return np.asarray(np.divide(sums, lengths), np.float32)


def option_trie(options: Sequence[Tokens]) -> dict[Tokens, set[int]]:
    """Returns which tokens may follow each beginning of an option, the shortest beginnings first."""
    children: dict[Tokens, set[int]] = {}
    for option in options:
        for place, token in enumerate(option):
            children.setdefault(option[:place], set()).add(token)
    return dict(sorted(children.items(), key=lambda item: len(item[0])))
