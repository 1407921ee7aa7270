"""Entropy and mutual information against closed forms and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score

from neurosim.analysis.information import binned, entropy, mutual_information


@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(1, 6), st.integers(1, 6))
def test_mutual_information_is_another_librarys(seed, samples, codes, classes):
    rng = np.random.default_rng(seed)
    code, label = rng.integers(codes, size=samples), rng.integers(classes, size=samples)
    assert mutual_information(code, label) == pytest.approx(mutual_info_score(code, label) / np.log(2), abs=1e-12)
    assert mutual_information(code, label) == pytest.approx(mutual_information(label, code))
    assert mutual_information(code, code) == pytest.approx(entropy(code))


def test_a_noisy_channel_carries_what_shannon_says():
    wrong = 0.11
    sent = np.repeat([0, 1], 500)
    received = np.where(np.tile(np.arange(500) < 500 * wrong, 2), 1 - sent, sent)
    loss = -(wrong * np.log2(wrong) + (1 - wrong) * np.log2(1 - wrong))
    assert mutual_information(received, sent) == pytest.approx(1 - loss)


def test_corrected_it_is_nothing_on_average_where_there_is_nothing():
    rng = np.random.default_rng(0)
    pairs = rng.integers(4, size=(300, 2, 240))
    plain = np.mean([mutual_information(*pair) for pair in pairs])
    corrected = np.mean([mutual_information(*pair, corrected=True) for pair in pairs])
    assert plain > 0.02
    assert abs(corrected) < 0.003


def test_the_correction_is_millers_and_madows():
    codes = [0, 0, 1, 2, 2, 2]
    assert entropy(codes, corrected=True) - entropy(codes) == pytest.approx(2 / (12 * np.log(2)))


@pytest.mark.parametrize("bins", [2, 3, 4, 7])
def test_bins_are_equally_full(bins):
    rates = np.random.default_rng(bins).normal(size=42 * bins)
    assert (np.bincount(binned(rates, bins)) == 42).all()
    assert (np.diff(binned(np.sort(rates), bins)) >= 0).all()


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(2, 6))
def test_equal_rates_fall_into_one_bin(rates, bins):
    codes = binned(np.array(rates, dtype=float), bins)
    assert codes.max() < bins
    assert set(codes) == set(range(codes.max() + 1))
    for rate in set(rates):
        assert len({code for code, other in zip(codes, rates, strict=True) if other == rate}) == 1


def test_silence_is_a_bin_of_its_own():
    rates = np.concatenate([np.zeros(60), np.linspace(0.1, 1, 40)])
    assert set(binned(rates, 4)[:60]) == {0}
    assert 0 not in binned(rates, 4)[60:]
