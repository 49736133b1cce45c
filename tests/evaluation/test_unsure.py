"""Below which probability an answer is told as unsure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from instructerc.backbones.settings import ModelSettings, read_settings, write_settings
from instructerc.errors import InputError
from instructerc.evaluation import fit_unsure_below, unsure_below_of
from instructerc.labels import LabelSet

OWN = LabelSet("own", ("calm", "glad", "cross"))
SETTINGS = ModelSettings("embedded", OWN, "encoder-3", unsure_below=0.47, other_unsure_below={5: 0.4, 28: 0.17})


def _rows(confidences, n_options=4):
    """Returns rows whose first option has these probabilities."""
    first = np.asarray(confidences, np.float64)
    rest = np.repeat(((1 - first) / (n_options - 1))[:, None], n_options - 1, axis=1)
    return np.column_stack([first, rest])


def test_below_it_answers_are_more_often_wrong_than_right():
    # By tens: of answers of about 35 % one is right in four, of 45 % two in five, of 55 % three in five, of 85 % all.
    confidences = [0.35] * 4 + [0.45] * 5 + [0.55] * 5 + [0.85] * 8
    right = [1, 0, 0, 0] + [1, 1, 0, 0, 0] + [1, 1, 1, 0, 0] + [1] * 8
    gold = [0 if one else 1 for one in right]
    # Nothing lies between 45 and 55 %, so that the highest is taken.
    assert fit_unsure_below(_rows(confidences), gold) == 0.55


def test_true_probabilities_lead_to_a_half():
    random = np.random.default_rng(0)
    confidences = random.uniform(0.3, 1.0, 200_000)
    gold = (random.uniform(size=len(confidences)) > confidences).astype(int)
    assert fit_unsure_below(_rows(confidences), gold) == pytest.approx(0.5, abs=0.03)


def test_no_more_than_half_of_the_turns_are_unsure():
    confidences = np.arange(10, 20) / 20
    assert fit_unsure_below(_rows(confidences), [1] * 10) == 0.75
    # An answer at the bound is not below it.
    assert (confidences < 0.75).mean() == 0.5


def test_a_model_that_is_right_everywhere_is_sure_of_all_its_answers():
    confidences = [0.4, 0.6, 0.8]
    found = fit_unsure_below(_rows(confidences), [0, 0, 0])
    assert not any(one < found for one in confidences)


def test_corpora_can_weigh_the_same():
    # Alone, the two right answers of 45 % outweigh the wrong one; it stands for four.
    confidences, gold = [0.45, 0.45, 0.45, 0.9, 0.9, 0.9], [0, 0, 1, 0, 0, 0]
    assert fit_unsure_below(_rows(confidences), gold) == 0.45
    assert fit_unsure_below(_rows(confidences), gold, [1, 1, 4, 3, 3, 3]) == 0.9


def test_shapes_that_disagree_are_refused():
    with pytest.raises(InputError, match="matrix of turns by options"):
        fit_unsure_below(np.zeros((0, 3)), [])
    with pytest.raises(InputError, match="1 gold labels and 2 weights for 2 rows"):
        fit_unsure_below(_rows([0.4, 0.6]), [0])


@pytest.mark.parametrize(
    ("names", "below"),
    [
        (OWN.names, 0.47),
        (("cross", "calm"), 0.47),
        (("calm", "lonely"), 0.4),
        (tuple("abcde"), 0.4),
        (tuple(f"label {number}" for number in range(15)), 0.3),
        (tuple(f"label {number}" for number in range(40)), 0.17),
    ],
)
def test_labels_have_what_was_fitted_for_their_number(names, below):
    assert unsure_below_of(SETTINGS, LabelSet("custom", names)) == pytest.approx(below)


def test_where_nothing_was_fitted_nothing_is_claimed():
    settings = replace(SETTINGS, unsure_below=None, other_unsure_below={})
    assert unsure_below_of(settings, OWN) is None
    assert unsure_below_of(settings, LabelSet("custom", ("a", "b"))) is None


def test_model_json_keeps_it(tmp_path):
    for settings in (SETTINGS, replace(SETTINGS, unsure_below=0.0), replace(SETTINGS, unsure_below=None)):
        write_settings(tmp_path, settings)
        found = read_settings(tmp_path)
        assert found.unsure_below == settings.unsure_below
        assert found.other_unsure_below == {5: 0.4, 28: 0.17}
