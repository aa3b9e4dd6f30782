"""What one measure is, and the words that every measure shares: levels, stages, indicators, groups of children."""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = ("region", "prefecture", "county", "place_type")
STAGES = ("primary", "junior", "compulsory")
INDICATORS = (  # the seven resource indicators of the official evaluation, in the order of the standard
    "teachers_above_required_degree",
    "backbone_teachers",
    "pe_art_teachers",
    "teaching_area",
    "sports_area",
    "equipment_value",
    "multimedia_rooms",
)
SCORE_GROUPS = {  # groups of children whose mean score is reported beside the gaps, in English and Chinese
    "urban": ("schools in urban areas", "城区学校"),
    "town": ("schools in towns", "镇区学校"),
    "village": ("schools in villages", "乡村学校"),
    "rural": ("schools in towns and villages", "镇区与乡村学校"),
    "left_behind": ("left-behind", "留守"),
    "not_left_behind": ("not left-behind", "非留守"),
    "migrant": ("migrant", "随迁"),
    "not_migrant": ("not migrant", "非随迁"),
    "poor": ("poor", "家庭经济困难"),
    "not_poor": ("not poor", "非家庭经济困难"),
    "boarding": ("boarding", "寄宿"),
    "day": ("day pupils", "走读"),
    "ses_top": ("top fifth by family background", "家庭背景最高五分之一"),
    "ses_bottom": ("bottom fifth by family background", "家庭背景最低五分之一"),
}


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure: a name that never changes; unit, label and definition in English and Chinese; where it exists.

    levels, stages: where it is reported. groups: values of the group column, beside `all`.
    source: who defined it, or "model" for a plain count or ratio
    """

    name: str
    unit: str
    unit_zh: str
    label: str
    label_zh: str
    definition: str
    definition_zh: str
    source: str
    levels: tuple[str, ...]
    stages: tuple[str, ...]
    groups: tuple[str, ...] = ("all",)
