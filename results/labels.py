"""Words for tables and figures in English and Chinese: labels and units of measures, stages, payers."""

from __future__ import annotations

from gettext import gettext as tr

from results.errors import ResultsError
from results.measures import SCORE_GROUPS, measures

LANGS = ("en", "zh")
STAGES = {
    "en": {"primary": "primary", "junior": "junior secondary", "compulsory": "compulsory"},
    "zh": {"primary": "小学", "junior": "初中", "compulsory": "义务教育"},
}
PAYERS = {
    "en": {"county": "county", "province": "province", "centre": "centre"},
    "zh": {"county": "县级", "province": "省级", "centre": "中央"},
}
ITEMS_ZH = {  # policies that come with the product; a user's own policy is shown by its name
    "group_schooling": "集团化办学",
    "pairing_assistance": "结对帮扶",
    "rotation": "交流轮岗",
    "student_aid": "学生资助",
    "standardisation": "学校标准化建设",
    "staffing": "编制与补充教师",
    "class_size_cap": "班额控制",
    "rural_allowance": "乡村教师补助",
}
INDICATORS = {
    "en": ("teachers above required degree", "backbone teachers", "PE and art teachers", "teaching area",
           "sports area", "equipment value", "multimedia rooms"),
    "zh": ("高于规定学历教师", "骨干教师", "体育艺术教师", "教学及辅助用房", "体育运动场馆", "教学仪器设备值",
           "网络多媒体教室"),
}  # fmt: skip


def check_lang(lang: str) -> None:
    """Raise ResultsError unless the language is en or zh."""
    if lang not in LANGS:
        raise ResultsError(
            tr("--lang {lang!r} is not known. Allowed: {langs}.").format(lang=lang, langs=", ".join(LANGS))
        )


def measure_label(name: str, lang: str) -> str:
    """Return the short label of a measure; its own name when the catalogue does not know it."""
    found = measures().get(name)
    if found is None:
        return name
    return found.label if lang == "en" else found.label_zh


def unit_label(name: str, unit: str, lang: str) -> str:
    """Return the unit of a measure in a language; `unit` as stored when the catalogue does not know the measure."""
    found = measures().get(name)
    if found is None or lang == "en":
        return unit
    return found.unit_zh


def stage_label(stage: str, lang: str) -> str:
    """Return the name of a stage in a language; unknown ones as they are."""
    return STAGES[lang].get(stage, stage)


def payer_label(payer: str, lang: str) -> str:
    """Return who pays, in a language; unknown ones as they are."""
    return PAYERS[lang].get(payer, payer)


def item_label(item: str, lang: str) -> str:
    """Return the name of a policy or base item for people."""
    if lang == "zh" and item in ITEMS_ZH:
        return ITEMS_ZH[item]
    return item.replace("_", " ")


def group_label(group: str, lang: str) -> str:
    """Return the name of a group of children; unknown ones as they are."""
    found = SCORE_GROUPS.get(group)
    return group if found is None else found[lang == "zh"]
