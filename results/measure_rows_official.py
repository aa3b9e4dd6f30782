"""Rows of the catalogue, part two: the official county evaluation (教督〔2017〕6号) and money."""

# ruff: noqa: E501 (a Chinese character counts as two columns)

from __future__ import annotations

from results.measure import INDICATORS, LEVELS, Measure
from results.measure_rows import AREAS, BY_STAGE, SHARE, WHOLE, WIDE, row

OFFICIAL = "county evaluation of quality and balance (优质均衡), 教督〔2017〕6号"
PER_HUNDRED = ("teachers per 100 pupils", "人/百名学生")
NAMES: dict[str, tuple[str, str, tuple[str, str]]] = {  # English, Chinese, unit of the level
    "teachers_above_required_degree": ("teachers above the required degree", "高于规定学历教师数", PER_HUNDRED),
    "backbone_teachers": ("backbone teachers", "县级及以上骨干教师数", PER_HUNDRED),
    "pe_art_teachers": ("PE and art teachers", "体育、艺术专任教师数", PER_HUNDRED),
    "teaching_area": ("teaching area", "教学及辅助用房面积", ("m2 per pupil", "平方米/生")),
    "sports_area": ("sports area", "体育运动场馆面积", ("m2 per pupil", "平方米/生")),
    "equipment_value": ("equipment value", "教学仪器设备值", ("yuan per pupil", "元/生")),
    "multimedia_rooms": ("multimedia rooms", "网络多媒体教室数", ("rooms per 100 pupils", "间/百名学生")),
}


def _family(key: str) -> tuple[Measure, ...]:
    """Return the measures of one resource indicator: its CV, level, schools that meet it, counties within the limit."""
    name, zh, unit = NAMES[key]
    return (
        row(f"cv.{key}", ("CV", "差异系数"), (f"CV of {name}", f"{zh}差异系数"),
             (f"Official coefficient of variation between schools, {name} per pupil, weighted by pupils. Region and"
              " prefecture: mean of the counties' coefficients, weighted by the pupils evaluated. Limits of a county:"
              " 0.50 primary, 0.45 junior.",
              f"县域内校际生均{zh}差异系数（按学生数加权）。省、市级为各县差异系数按参评学生数的加权平均；县级限值：小学0.50，初中0.45。"),
             OFFICIAL, AREAS, BY_STAGE),
        row(f"mean.{key}", unit, (f"Mean {name}", f"生均{zh}"),
             (f"Level of {name} in the schools evaluated: mean over schools, weighted by pupils.",
              f"参评学校生均{zh}，按学生数加权平均。"), OFFICIAL, LEVELS, BY_STAGE),
        row(f"schools_meeting.{key}", SHARE, (f"Schools meeting {name}", f"{zh}达标学校比例"),
             (f"Share of the schools evaluated (a stage of a school each) at or above the threshold of {name}.",
              f"生均{zh}达到标准的学校（按学段分计）占参评学校的比例。"), OFFICIAL, LEVELS, BY_STAGE),
        row(f"counties_cv_met.{key}", ("counties", "个县"), (f"Counties within the CV limit, {name}", f"{zh}差异系数达标县数"),
             (f"Counties whose coefficient of variation of {name} is within the limit.", f"{zh}差异系数达标的县数。"),
             OFFICIAL, WIDE, BY_STAGE),
    )  # fmt: skip


COUNTIES = ("counties", "个县")
INSPECTION = (
    row("schools_inspected", ("schools", "所"), ("Schools evaluated", "参评学校数"),
         ("Schools in the evaluation, a stage of a school each; teaching points below 50 pupils are left out.",
          "参评学校数（按学段分计），不含50人以下教学点。"), OFFICIAL),
    row("schools_passing", ("schools", "所"), ("Schools passing", "达标学校数"),
         ("Schools (a stage each) with at least six of the seven indicators met and the other one at 85 % or more.",
          "七项指标中至少六项达标、余项不低于标准85%的学校数（按学段分计）。"), OFFICIAL),
    row("schools_passing_share", SHARE, ("Schools passing, share", "达标学校比例"),
         ("Schools passing over schools evaluated.", "达标学校数除以参评学校数。"), OFFICIAL),
    row("counties", COUNTIES, ("Counties", "县数"), ("County-level units.", "县级单位数。"), levels=WIDE, stages=WHOLE),
    row("county_passed", SHARE, ("County passes what is modelled", "县是否通过已建模项目"),
         ("1 if the county passes all that is modelled of the evaluation this year, else 0. Region and prefecture: share"
          " of counties that pass.", "本年通过评估中已建模全部内容的县为1，否则为0；省、市级为通过县的比例。"),
         OFFICIAL, AREAS, WHOLE),
    row("counties_passed", COUNTIES, ("Counties passing what is modelled", "当年通过已建模项目的县数"),
         ("Counties that pass all that is modelled of the evaluation this year.", "本年通过评估中已建模全部内容的县数。"),
         OFFICIAL, WIDE, WHOLE),
    row("counties_certified", COUNTIES, ("Counties that passed so far", "累计通过县数"),
         ("Counties that passed what is modelled at least once up to this year (the model certifies them then; at county level 1 or"
          " 0). Real certification asks for all 24 items.", "截至本年至少一次通过已建模项目的县数（模型据此认定；县级为1或0）。实际认定须24项全部达标。"),
         OFFICIAL, AREAS, WHOLE),
    row("counties_certified_share", SHARE, ("Counties that passed so far, share", "累计通过县比例"),
         ("Counties that passed what is modelled at least once up to this year over all counties.", "截至本年至少一次通过已建模项目的县数占全部县的比例。"),
         OFFICIAL, WIDE, WHOLE),
)  # fmt: skip

COST_GROUPS = ("all", "policies", "<policy or base item>", "paid by <county, province, centre>")
MONEY = (
    row("cost", ("yuan per year", "元/年"), ("Spending", "支出"),
         ("Money spent this year, prices of the base year. Groups: all; policies (all but base items); each item; who pays.",
          "本年支出，按基年价格。分组：全部；各项政策合计（不含基线支出）；各项目；各出资方。"),
         levels=AREAS, stages=WHOLE, groups=COST_GROUPS),
    row("cost_per_pupil", ("yuan per pupil per year", "元/生·年"), ("Spending per pupil", "生均支出"),
         ("Money spent this year over pupils, all and policies.", "本年支出除以在校学生数；分全部与政策合计。"),
         levels=AREAS, stages=WHOLE, groups=("all", "policies")),
)  # fmt: skip

OFFICIAL_ROWS = (*(m for key in INDICATORS for m in _family(key)), *INSPECTION, *MONEY)
