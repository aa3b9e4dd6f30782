"""The published facts that the base run is held to: target, range, factor that is fitted on it, source, confidence."""

from __future__ import annotations

from dataclasses import dataclass

FITTED, CHECKED, REPORTED = "fitted", "checked", "reported"


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """One fact. `name` is a key of `calibration.measures.base_run`; low and high bound what counts as met.

    factor: alignment factor (or parameters) that moves it, empty where none does. use: fitted (a factor is solved for
    it), checked (has a verdict, no factor of its own), reported (shown beside the published value, no verdict).
    """

    name: str
    label: str
    label_zh: str
    target: float
    low: float
    high: float
    unit: str
    use: str
    factor: str
    source: str
    confidence: str
    note: str = ""


SHARE_SOURCE = (
    "trial designs in rural north-west China, grades 3-6: 0.18 (0.10-0.25); one locality's end-of-junior total, a few"
    " dozen schools: 0.20; CEPS grades 7-9: 0.28 (0.20-0.35)"
)
STEADY = (
    "a base run without new policies has no trend of its own: what the start replays must be what the run goes on with"
)

ANCHORS = (
    Anchor(
        name="gap_junior", label="Gap urban - rural, junior", label_zh="城乡差距（初中）", target=0.39, low=0.37,
        high=0.41, unit="SD", use=FITTED, factor="place_gap",
        source="Zhao, Ye, Li, Xue 2017, China Economic Review 45: 103-123 (CEPS 2013-14, cognitive score, grades 7 and 9)",
        confidence="published", note="national, by school location; held for each region for want of a provincial figure",
    ),
    Anchor(
        name="between_share", label="Between-school share, mean of the stages", label_zh="校际差异占比（两学段平均）",
        target=0.19, low=0.18, high=0.20, unit="share of variance", use=FITTED, factor="area_sd", source=SHARE_SOURCE,
        confidence="memory, one of three published", note="analysis-of-variance estimate, all schools of the region",
    ),
    Anchor(
        name="ses_correlation", label="Correlation with family background", label_zh="得分与家庭背景的相关",
        target=0.243, low=0.233, high=0.253, unit="correlation", use=FITTED, factor="ses_slope",
        source="Liu, Peng, Luo 2020, Educational Psychology Review 32(1): 49-76 (78 samples, 215,649 pupils)",
        confidence="published", note="range assumed",
    ),
    Anchor(
        name="score_sd", label="Spread of scores", label_zh="得分标准差", target=1.0, low=0.99, high=1.01, unit="SD",
        use=FITTED, factor="ability_sd", source="definition of the unit: student-level SD of the base year",
        confidence="definition",
    ),
    Anchor(
        name="score_mean", label="Mean score, grades 1-9", label_zh="平均得分（1—9年级）", target=0.0, low=-0.01,
        high=0.01, unit="SD", use=FITTED, factor="intercept", source="definition of the zero: mean of the base year",
        confidence="definition", note="over grades 1-9 together: entrants begin below it, as they have had no schooling",
    ),
    Anchor(
        name="between_primary", label="Between-school share, primary", label_zh="校际差异占比（小学）", target=0.19,
        low=0.15, high=0.22, unit="share of variance", use=CHECKED, factor="county_sd, community_sd (assumed)",
        source=SHARE_SOURCE, confidence="memory", note="larger junior schools mix communities: primary comes out above junior",
    ),
    Anchor(
        name="between_junior", label="Between-school share, junior", label_zh="校际差异占比（初中）", target=0.19,
        low=0.16, high=0.28, unit="share of variance", use=CHECKED, factor="county_sd, community_sd (assumed)",
        source=SHARE_SOURCE, confidence="memory, one published",
        note="equal to primary only if nearly all of it lay between counties, against the 0.20 found inside one locality",
    ),
    Anchor(
        name="retention", label="Nine-year retention, first three years", label_zh="九年巩固率（前三年平均）",
        target=0.957, low=0.953, high=0.961, unit="share", use=CHECKED, factor="dropout_primary, dropout_junior",
        source="Ministry of Education, 1 March 2024 (national, 2023)", confidence="published",
        note="period measure; the two hazards are parameters common to all regions, scaled until the regions' mean meets it",
    ),
    Anchor(
        name="year_correlation", label="Correlation of scores of successive years", label_zh="相邻学年得分的相关",
        target=0.7, low=0.6, high=0.8, unit="correlation", use=CHECKED, factor="noise_sd, rho",
        source="range usual for yearly tests (design value)", confidence="assumed",
    ),
    Anchor(
        name="gap_trend", label="Gap urban - rural, junior: change a year", label_zh="城乡差距（初中）年变化",
        target=0.0, low=-0.02, high=0.02, unit="SD a year", use=CHECKED, factor="", source=STEADY, confidence="definition",
    ),
    Anchor(
        name="mean_trend", label="Mean score: change a year", label_zh="平均得分年变化", target=0.0, low=-0.01,
        high=0.01, unit="SD a year", use=CHECKED, factor="", source=STEADY, confidence="definition",
    ),
    Anchor(
        name="between_trend", label="Between-school share: change a year", label_zh="校际差异占比年变化", target=0.0,
        low=-0.01, high=0.01, unit="share a year", use=CHECKED, factor="", source=STEADY, confidence="definition",
        note="the stage that moves more",
    ),
    Anchor(
        name="gap_left_behind", label="Gap left-behind, junior, raw", label_zh="留守差距（初中，原始）", target=0.23,
        low=0.2, high=0.26, unit="SD", use=REPORTED, factor="",
        source="Mao, Zang, Zhang 2020, IJERPH 17: 6770 (CEPS grades 7 and 9)", confidence="published",
        note="not left behind minus both parents away; follows from place, family background and effect_both_away",
    ),
)  # fmt: skip

# What no published fact decides, in English and Chinese; printed below every card.
UNPINNED = (
    ("how much of the between-school variance lies between counties, between areas of a county and between neighbouring"
     " villages: area_sd is fitted, county_sd and community_sd are assumed",
     "校际差异在县际、县内片区与相邻村寨之间的分配：仅 area_sd 经拟合，county_sd 与 community_sd 为假定"),
    ("the gap and the between-school shares of this region: the anchors are national or local elsewhere",
     "本地区自身的城乡差距与校际差异：所用锚点为全国或外地数值"),
    ("the urban-rural gap of primary schools: it follows from the junior gap",
     "小学城乡差距：由初中差距推出"),
    ("how strongly families weigh quality and distance (choice_*): the shares above do not respond to it",
     "家庭择校对质量与距离的权衡（choice_*）：上述占比对其不敏感"),
    ("how retention divides into drop-out by grade and return: only their product is published",
     "巩固率在各年级辍学与复学之间的分配：仅公布其结果"),
    ("rho apart from noise_sd: one correlation of successive years serves both",
     "rho 与 noise_sd：仅由相邻学年相关一项约束"),
)  # fmt: skip


def fitted() -> tuple[Anchor, ...]:
    """Return the anchors that have a factor of their own, in the order of the table."""
    return tuple(anchor for anchor in ANCHORS if anchor.use == FITTED)
