"""The areas that results are reported for: the region, its prefectures, its counties, and the three place types."""

from __future__ import annotations

import numpy as np

from sim import exact
from sim.columns import Array
from sim.tables import PLACE_TYPES, Counties

N_TYPES = len(PLACE_TYPES)


class Areas:
    """Areas in one line: region, prefectures (in order of first appearance), counties, place types of the schools.

    Sums go up this line: a cell is (county, place type), and every area is a sum of cells.
    """

    def __init__(self, counties: Counties) -> None:
        prefectures = list(dict.fromkeys(counties.prefecture.tolist()))
        number = {name: i for i, name in enumerate(prefectures)}
        self.prefecture = np.array([number[name] for name in counties.prefecture.tolist()], dtype=np.intp)
        self.n_counties, self.n_prefectures = len(counties), len(prefectures)
        codes = [str(code) for code in counties.code.tolist()]
        self.names = ["all", *prefectures, *codes, *PLACE_TYPES]
        sizes = {"region": 1, "prefecture": len(prefectures), "county": len(codes), "place_type": N_TYPES}
        self.levels = [level for level, n in sizes.items() for _ in range(n)]
        edges = np.cumsum([0, *sizes.values()])
        self.at = {level: slice(int(a), int(b)) for level, a, b in zip(sizes, edges[:-1], edges[1:], strict=True)}

    def __len__(self) -> int:
        return len(self.names)

    def from_counties(self, amounts: Array) -> Array:
        """Sum (..., n_counties) amounts to (..., n_areas); place types get NaN."""
        unknown = np.full((*amounts.shape[:-1], N_TYPES), np.nan)
        whole = exact.total(amounts, -1, keepdims=True)
        prefectures = exact.by_group(amounts, self.prefecture, self.n_prefectures)
        return np.concatenate([whole, prefectures, amounts, unknown], axis=-1)

    def from_cells(self, amounts: Array) -> Array:
        """Sum (..., n_counties, place types) amounts to (..., n_areas)."""
        out = self.from_counties(exact.total(amounts, -1))
        out[..., self.at["place_type"]] = exact.total(amounts, -2)
        return out

    def by_place_type(self, amounts: Array) -> Array:
        """Sum (..., n_counties, place types) to (..., place types, n_areas); 0 for areas that are place types."""
        out = self.from_counties(np.swapaxes(amounts, -1, -2))
        out[..., self.at["place_type"]] = 0.0
        return out

    def of_rows(self, county: Array, place_type: Array) -> dict[str, Array]:
        """Return, for each level, the area (position in the line) of each row."""
        return {
            "region": np.zeros(len(county), dtype=np.int16),
            "prefecture": (1 + self.prefecture[county]).astype(np.int16),
            "county": (self.at["county"].start + county).astype(np.int16),
            "place_type": (self.at["place_type"].start + place_type).astype(np.int16),
        }
