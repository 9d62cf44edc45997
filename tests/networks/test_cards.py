import numpy as np
import pytest
import yaml

from galutils.inputs import images
from galutils.networks import card_page, cards
from galutils.store.files import write_json


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Return a tiny compiled model with dropout, inside another, and its file."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    inner = keras.Sequential(
        [
            keras.Input((40, 40, 1)), layers.Conv2D(2, 3), layers.BatchNormalization(),
            layers.GlobalAveragePooling2D(), layers.Dropout(0.1),
            layers.Dense(1, activation="sigmoid"),
        ]
    )  # fmt: skip
    inner.compile("adam", "binary_crossentropy", jit_compile=False)
    inner.optimizer.build(inner.trainable_variables)  # its state must not be counted
    inputs = keras.Input((40, 40, 1))
    model = keras.Model(inputs, inner(inputs))
    path = tmp_path_factory.mktemp("models") / "tiny.keras"
    model.save(path)
    return path, model.count_params()


@pytest.fixture
def results(tmp_path):
    """Return a folder with two recorded items."""
    interval = {"value": 0.8, "low": 0.7, "high": 0.9}
    common = {"notebook": "sami/04_training", "source": "mock", "profile": "thorough"}
    scores = {"auc": {"as_published": 0.9, "grouped": interval}, "free": 0.5}
    write_json(
        tmp_path / "sami" / "toy-x-scores.json",
        common | {"id": "toy-x-scores", "caption": "Scores of the thesis.", "numbers": scores},
    )
    write_json(
        tmp_path / "sami" / "toy-n1.json",
        common | {"id": "toy-n1", "caption": "", "numbers": {"n": 12}},
    )
    return tmp_path


@pytest.fixture
def prose(tmp_path):
    """Return a file with one card's prose; what is given replaces parts of it."""

    def of(**changes):
        entry = {
            "path": "grouped_path", "study": "sami", "notebook": "sami/04_training",
            "purpose": "To test.", "output": "a probability", "classes": ["no", "yes"],
            "survey": "SAMI",
            "preprocessing": [{"galutils.inputs.images.network_input": {"size": {"input": 0}}}],
            "n": ["toy-n1", "n", None], "n_of": "galaxies", "split": "Two.", "protocol": "None.",
            "metrics": [["toy-x-scores", "auc", "grouped"]], "failures": [], "limits": ["Tiny."],
        }  # fmt: skip
        path = tmp_path / "cards.yml"
        path.write_text(yaml.safe_dump({"toy": entry | changes}))
        return path

    return of


@pytest.fixture
def card(saved, results, prose):
    return cards.make("toy", saved[0], results, {"ece": 0.1}, path=prose())


def test_a_card_is_derived_and_comes_back(card, saved, tmp_path):
    path, count = saved
    cards.write(tmp_path / "toy.json", card)
    assert cards.read(tmp_path / "toy.json", path) == card
    assert card["architecture"]["parameters"] == count
    assert card["architecture"]["input"] == [40, 40, 1]
    assert card["architecture"]["outputs"] == 1
    assert card["architecture"]["layers"] == {"Conv2D": 1, "Dense": 1}
    assert card["metrics"][0]["number"] == {"value": 0.8, "low": 0.7, "high": 0.9}
    assert (card["data"]["n"], card["data"]["source"], card["profile"]) == (12, "mock", "thorough")
    text = card_page.markdown(card)
    assert "0.8 (0.7 to 0.9)" in text and "size=40, unit=50.0" in text


def test_what_a_card_says_of_the_input_can_be_done(card):
    [step] = card["preprocessing"]
    assert step["function"] == "galutils.inputs.images.network_input"
    x = images.network_input(np.full((1, 50, 50), 25.0), **step["arguments"])
    assert list(x.shape[1:]) == card["architecture"]["input"] and x.max() == 0.5


def test_a_flipped_byte_of_the_model_is_noticed(card, saved, tmp_path):
    content = bytearray(saved[0].read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "other.keras").write_bytes(content)
    cards.write(tmp_path / "toy.json", card)
    with pytest.raises(ValueError, match=f"expected sha256 {card['file']['sha256']}, received"):
        cards.read(tmp_path / "toy.json", tmp_path / "other.keras")


def test_missing_and_unknown_keys_are_named(card, tmp_path):
    path = tmp_path / "toy.json"
    write_json(path, {key: value for key, value in card.items() if key != "limits"} | {"more": 1})
    with pytest.raises(ValueError, match=r"toy.json.*without \['limits'\] and with \['more'\]"):
        cards.read(path)
    path.write_text("{")
    with pytest.raises(ValueError, match="toy.json: expected JSON"):
        cards.read(path)
    with pytest.raises(ValueError, match="received list"):
        cards.write(path, [])


def test_only_known_steps_are_taken(card, tmp_path):
    step = {"function": "os.system", "arguments": {"command": "true"}}
    write_json(tmp_path / "toy.json", card | {"preprocessing": [step]})
    with pytest.raises(ValueError, match="os.system"):
        cards.read(tmp_path / "toy.json")


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        (
            ["toy-x-gone", "auc", "grouped"],
            "toy: expected the result toy-x-gone once in .*received 0",
        ),
        (["toy-x-scores", "f1", "grouped"], "toy: expected 'f1' in the result toy-x-scores"),
        (["toy-x-scores", "free", "grouped"], "toy: expected 'grouped' in 'free' of toy-x-scores"),
    ],
)
def test_a_result_that_is_missing_is_named(saved, results, prose, metric, message):
    with pytest.raises(ValueError, match=message):
        cards.make("toy", saved[0], results, path=prose(metrics=[metric]))


def test_a_metric_can_ask_for_words_of_the_caption(saved, results, prose):
    first, second = ["toy-x-scores", "auc", "grouped"], ["toy-x-scores", "free", None]
    made = [
        cards.make("toy", saved[0], results, path=prose(metrics=[first, [*second, words]]))
        for words in ("this network", "the thesis")
    ]
    assert [len(card["metrics"]) for card in made] == [1, 2]


def test_a_card_without_weights_says_so(results, prose):
    place = {"notebook": "morphology/06_early_types", "parameter": "side"}
    path = prose(
        path=None, preprocessing=[{"galutils.inputs.images.block_average": {"side": place}}],
        built_by={"galutils.networks.image_cnn.morphology_cnn": {}},
    )  # fmt: skip
    card = cards.make("toy", None, results, path=path)
    assert card["file"] is None and "not saved" in card_page.markdown(card)
    assert isinstance(card["preprocessing"][0]["arguments"]["side"], int)
    assert (
        card["architecture"]["built_by"]["function"] == "galutils.networks.image_cnn.morphology_cnn"
    )


@pytest.mark.parametrize(
    ("change", "side"),
    [("", 32), ("+side=16", 16), ("+side=16+morphology:side=8", 8), ("+arms:side=8", 32)],
)
def test_a_parameter_that_was_changed_for_the_run_is_the_cards(results, prose, change, side):
    place = {"notebook": "morphology/06_early_types", "parameter": "side"}
    steps = [{"galutils.inputs.images.block_average": {"side": place}}]
    path = prose(path=None, preprocessing=steps)
    made = cards._unscored("toy", yaml.safe_load(path.read_text())["toy"], None, f"x{change}", "")
    assert made["preprocessing"][0]["arguments"] == {"side": side}


def test_every_card_of_the_book_is_complete():
    prose = yaml.safe_load(cards.PROSE.read_text())
    notebooks = cards.ROOT / "notebooks"
    for name, entry in prose.items():
        assert (notebooks / f"{entry['notebook']}.ipynb").is_file(), name
        assert entry["purpose"] and entry["limits"] and entry["metrics"], name
        steps = {function for step in entry["preprocessing"] for function in step}
        assert steps <= set(cards.STEPS), name
