import numpy as np

from galutils.studies import arm_crops


def test_crop_choice_tells_the_steadiest_from_the_best():
    f1 = np.array([[0.5, 0.5, 0.52], [0.7, 0.8, 0.9]])
    choice = arm_crops.crop_choice(f1, [320, 160])
    assert (choice.steadiest, choice.highest) == (320, 160)
    np.testing.assert_allclose(choice.spread, 0.8 - f1[0].mean())
    np.testing.assert_allclose(choice.variation, 100 * f1[0].std(ddof=1) / f1[0].mean())
