"""Areas with pupils and no teacher, as small counties of a sample can be: no value, and no warning on the user's screen."""

import sys
import warnings
from pathlib import Path

import numpy as np

from experiments.observe import Observer

sys.path.insert(0, str(Path(__file__).parent))
from fake_world import make_world  # noqa: E402


def test_a_prefecture_without_teachers_has_no_inequality_and_raises_no_warning():
    world, _ = make_world()
    # the only county of the prefecture 毕节市
    world.flows.present[world.schools.county == 4] = 0.0
    assert world.schools.pupils[world.schools.county == 4].sum() > 0
    observer = Observer()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        observer(world)
    found = observer.rows()
    theil = {
        key[1]: value[0]
        for key, value in zip(found.series, found.values, strict=True)
        if key[0] == "prefecture" and key[2] == "primary" and key[4] == "theil_t.teachers_per_pupil"
    }
    assert set(theil) == {"贵阳市", "遵义市"} and np.isfinite(list(theil.values())).all()
