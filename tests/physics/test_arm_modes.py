"""Discs with a known number of arms, turned, tilted and mirrored."""

import numpy as np
import pytest

from galutils.physics import arm_modes


def spiral(arms, pitch=20.0, tilt=1.0, angle=0.0, size=128, direction=1):
    """Exponential disc with logarithmic arms; axis ratio `tilt`, long axis at `angle` deg."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    turn = np.deg2rad(angle)
    long, short = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    short = short / tilt
    radius, theta = np.hypot(long, short) + 1e-3, np.arctan2(short, long)
    phase = arms * (theta - direction * np.log(radius) / np.tan(np.deg2rad(pitch)))
    light = 200 * np.exp(-radius / 12) * (1 + 0.5 * np.cos(phase))
    return np.repeat(light[..., None], 3, axis=-1)


def strongest(image):
    """Return the mode with the largest amplitude in the outer ring of the mean colour."""
    return int(arm_modes.modes(image)[2 + 12 : 2 + 18].argmax()) + 1


@pytest.mark.parametrize("arms", [1, 2, 3, 4])
@pytest.mark.parametrize(("tilt", "angle"), [(1.0, 0), (0.6, 0), (0.6, 35)])
def test_the_strongest_mode_is_the_number_of_arms(arms, tilt, angle):
    assert strongest(spiral(arms, tilt=tilt, angle=angle)) == arms


def test_a_tilted_disc_is_measured_and_turned_face_on():
    _, ratio, size = arm_modes.face_on(spiral(4, tilt=0.6, angle=35))
    polar, round_ratio, _ = arm_modes.face_on(spiral(4))
    assert ratio == pytest.approx(0.6, abs=0.06)
    assert round_ratio > 0.9
    assert 8 < size < 30
    assert polar.shape == (3, 40, 96)


def test_modes_do_not_depend_on_the_symmetries_of_the_square():
    image = spiral(3, tilt=0.7, angle=20) + np.random.default_rng(0).random((128, 128, 3))
    expected = arm_modes.modes(image)
    assert expected.shape == (167,)
    for turns in range(4):
        for step in (1, -1):
            view = np.rot90(image, turns)[:, ::step]
            np.testing.assert_allclose(arm_modes.modes(view), expected, atol=1e-9)


def test_winding_is_told():
    of_two = [2 + 18 + 6 * k + 1 for k in range(4)]  # by winding, of mode 2
    open_arms, tight = (arm_modes.modes(spiral(2, pitch=one))[of_two] for one in (45, 12))
    assert open_arms.argmax() < tight.argmax()


def test_an_empty_image_has_finite_modes():
    assert np.isfinite(arm_modes.modes(np.zeros((64, 64, 3)))).all()
