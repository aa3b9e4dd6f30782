"""Rows of the catalogue, part one: children, schools, teachers, scores, gaps, inequality, segregation."""

# ruff: noqa: E501 (a Chinese character counts as two columns)

from __future__ import annotations

from results.measure import LEVELS, SCORE_GROUPS, STAGES, Measure

AREAS = ("region", "prefecture", "county")
WIDE = ("region", "prefecture")
WIDE_AND_PLACE = ("region", "prefecture", "place_type")
BY_STAGE = ("primary", "junior")
WHOLE = ("compulsory",)

# How the two stages are put together wherever a measure compares children or spreads: like is compared with like.
POOLED = " Compulsory: each stage's deviations from its own mean, added over stages."
POOLED_ZH = "义务教育阶段：各学段先以本学段均值为基准，再合并。"
GAP = (
    " Student-level SD of the base year, first group minus second; raw, not causal."
    " Compulsory: mean of the two stages' gaps, weighted by the children of both groups."
)
GAP_ZH = "单位为基年学生得分标准差，前者减后者；为原始差距，非因果。义务教育阶段：两学段差距按两组学生数加权平均。"
TPP = "teachers per pupil over schools, weighted by pupils"
TPP_ZH = "校际生均教师数（按学生数加权）"


def row(
    name: str,
    unit: tuple[str, str],
    label: tuple[str, str],
    definition: tuple[str, str],
    source: str = "model",
    levels: tuple[str, ...] = LEVELS,
    stages: tuple[str, ...] = STAGES,
    groups: tuple[str, ...] = ("all",),
) -> Measure:
    """Make one row; unit, label and definition are (English, Chinese)."""
    (u, u_zh), (lb, lb_zh), (d, d_zh) = unit, label, definition
    return Measure(
        name=name, unit=u, unit_zh=u_zh, label=lb, label_zh=lb_zh, definition=d, definition_zh=d_zh, source=source,
        levels=levels, stages=stages, groups=groups,
    )  # fmt: skip


PUPILS, SCHOOLS, TEACHERS = ("pupils", "人"), ("schools", "所"), ("teachers", "人")
SHARE, SD, NATS, INDEX = ("share", "比例"), ("SD", "标准差"), ("nats", "奈特"), ("index", "指数")
CLASSES, POSTS, RATIO = ("classes", "个"), ("posts", "个"), ("ratio", "比值")

CHILDREN = (
    row("pupils", PUPILS, ("Pupils", "在校学生数"),
         ("Pupils enrolled at the end of the year.", "学年末在校学生数。")),
    row("schools", SCHOOLS, ("Schools", "学校数"),
         ("Open schools and teaching points with pupils of the stage. A nine-year school counts in both stages, once in"
          " compulsory.", "开办且有该学段学生的学校和教学点；九年一贯制学校在两学段各计一次，义务教育阶段只计一次。")),
    row("schools_closed", SCHOOLS, ("Schools closed", "撤并学校数"),
         ("Schools open last year and not this year; absent in the first year.", "上年开办、本年不再开办的学校数；首年无值。"),
         stages=WHOLE),
    row("schools_opened", SCHOOLS, ("Schools opened", "新开学校数"),
         ("Schools open this year and not last year; absent in the first year.", "本年开办、上年未开办的学校数；首年无值。"),
         stages=WHOLE),
    row("classes", CLASSES, ("Classes", "班级数"), ("Classes of all grades.", "各年级班级总数。")),
    row("class_size", ("pupils per class", "人/班"), ("Class size", "平均班额"),
         ("Pupils over classes.", "学生数除以班级数。")),
    row("big_class_share", SHARE, ("Classes over the limit", "超过标准班额的班级比例"),
         ("Share of classes above 45 pupils (primary) or 50 (junior), by the mean size of the school's grade.",
          "小学超过45人、初中超过50人的班级所占比例（按学校各年级平均班额判断）。"),
         "government item 5 of the county evaluation, 教督〔2017〕6号"),
    row("large_class_share", SHARE, ("Classes of 56 and more", "大班额比例"),
         ("Share of classes above 55 pupils, by the mean size of the school's grade.",
          "56人及以上的班级所占比例（按学校各年级平均班额判断）。"), "national definition of 大班额 (56 and more)"),
    row("seats_short", ("seats", "个"), ("Seats short", "学位缺口"),
         ("Pupils above the places of their school and stage, added over schools.", "各校各学段学生数超出学位数之和。")),
    row("seats_empty", ("seats", "个"), ("Seats empty", "空余学位"),
         ("Places of open schools above their pupils, added over schools.", "开办学校学位数超出学生数之和。")),
    row("boarding_share", SHARE, ("Boarding", "寄宿生比例"),
         ("Share of pupils who board.", "寄宿生占在校学生的比例。")),
    row("left_behind_share", SHARE, ("Left-behind", "留守儿童比例"),
         ("Share of pupils whose parents are both away.", "父母双方外出的学生比例。")),
    row("migrant_share", SHARE, ("Migrant", "随迁子女比例"),
         ("Share of pupils who moved in with their family.", "随迁子女占在校学生的比例。")),
    row("poor_share", SHARE, ("Poor", "家庭经济困难学生比例"),
         ("Share of pupils from poor families.", "家庭经济困难学生占在校学生的比例。")),
    row("out_of_school", PUPILS, ("Out of school", "失学儿童数"),
         ("Children of compulsory age out of school at the end of the year, at their last school.",
          "学年末义务教育年龄段未在校儿童数，按最后就读学校统计。")),
    row("dropout_rate", SHARE, ("Drop-out rate", "辍学率"),
         ("Children who left school this year over children in school before it.", "本年辍学人数除以辍学前在校人数。")),
    row("retention", SHARE, ("Retention", "巩固率"),
         ("Share of entrants who would finish the stage at this year's rates: product over its grades of 1 - (left -"
          " returned) / in school. Compulsory: nine grades. A period measure; above 1 where more return than leave.",
          "时期指标：按本年各年级净流失率推算完成该学段的比例，即各年级 1 -（辍学 - 复学）/ 在校 的连乘；义务教育为九个年级。"
          "复学多于辍学时可大于1。"), "period form of the nine-year retention rate (九年巩固率)"),
)  # fmt: skip

STAFF = (
    row("teachers", TEACHERS, ("Teachers", "专任教师数"),
         ("Teachers in service at the end of the year.", "学年末在岗教师数。")),
    row("pupil_teacher_ratio", ("pupils per teacher", "生/师"), ("Pupils per teacher", "生师比"),
         ("Pupils over teachers.", "学生数除以教师数。")),
    row("teacher_turnover", SHARE, ("Teacher turnover", "教师流失率"),
         ("Teachers who left their school for good this year (retired, left the profession, moved; rotation not counted)"
          " per teacher in service at the end of the year.",
          "本年离开本校的教师（退休、离职、调动，不含轮岗）除以年末在岗教师。")),
    row("teachers_hired", TEACHERS, ("Teachers hired", "新进教师数"),
         ("Teachers who joined a school this year.", "本年进入学校的教师数。")),
    row("vacant_posts", POSTS, ("Vacant posts", "空编数"),
         ("Posts not filled at the end of the year.", "年末未补足的编制数。")),
    row("vacant_share", SHARE, ("Vacant posts, share", "空编率"),
         ("Vacant posts over posts.", "空编数除以编制数。")),
    row("surplus_teachers", TEACHERS, ("Teachers above posts", "超编教师数"),
         ("Teachers above the posts of their school and stage, added over schools.", "各校各学段教师数超出编制数之和。")),
    row("rotated_share", SHARE, ("Rotated", "交流轮岗比例"),
         ("Teachers sent on rotation this year over teachers due for it, by sending school.",
          "本年参加交流轮岗的教师占符合交流条件教师的比例（按派出学校统计）。"), "government item 11, 教督〔2017〕6号"),
    row("rotated_backbone_share", SHARE, ("Backbone among rotated", "交流教师中骨干教师比例"),
         ("Backbone teachers among those sent on rotation this year.", "本年交流轮岗教师中骨干教师所占比例。"),
         "government item 11, 教督〔2017〕6号"),
)  # fmt: skip

SCORES = (
    row("score_mean", SD, ("Mean score", "平均得分"),
         ("Mean score, SD of the base year around the base year's mean of 0. By group: levels beside the gaps.",
          "平均得分，以基年学生得分标准差为单位，基年均值为0；分组列出水平，与差距对照。"),
         groups=("all", *SCORE_GROUPS)),
    row("score_sd", SD, ("Spread of scores", "得分标准差"),
         ("Standard deviation of pupils' scores." + POOLED, "学生得分的标准差。" + POOLED_ZH), levels=WIDE_AND_PLACE),
    row("between_share", SHARE, ("Between-school share", "校际差异占比"),
         ("Between-school share of the variance of scores, analysis-of-variance estimate, which takes out what chance puts"
          " between small schools." + POOLED, "学生得分方差中校际部分所占比例，方差分析估计，已扣除小规模学校的偶然差异。"
          + POOLED_ZH), "Searle, Casella, McCulloch, Variance Components (1992), section 3.6"),
    row("difference_rate_a", SHARE, ("Difference rate, formula a", "校际差异率（公式甲）"),
         ("Variance of school means (by pupils) over the variance of pupils' scores, uncorrected. The limit 0.15 is"
          " official, the formula is not published." + POOLED,
          "学校均分方差（按学生数加权）除以学生得分方差，未作校正；0.15 的限值已公布，公式未公布。" + POOLED_ZH),
         "quality item 9, 教督〔2017〕6号; formula from memory, doubtful"),
    row("difference_rate_b", SHARE, ("Difference rate, formula b", "校际差异率（公式乙）"),
         ("Pupil-weighted SD of school means on a scale of 0 to 1. Assumed: -4 to 4 SD is 0 to 1, so SD / 8." + POOLED,
          "0—1 量表上学校均分的标准差（按学生数加权）；假定 -4 至 4 个标准差对应 0 至 1，即除以 8。" + POOLED_ZH),
         "quality item 9, 教督〔2017〕6号; formula of one district's script, doubtful; scale assumed"),
    row("ses_correlation", ("correlation", "相关系数"), ("Correlation with family background", "得分与家庭背景的相关"),
         ("Correlation of pupils' scores with family background (SES)." + POOLED,
          "学生得分与家庭背景（SES）的相关系数。" + POOLED_ZH), "Pearson's correlation"),
)  # fmt: skip


def _gap(
    name: str, label: str, label_zh: str, groups: str, groups_zh: str, levels: tuple[str, ...] = WIDE_AND_PLACE
) -> Measure:
    text = (f"Mean score, {groups}." + GAP, f"平均得分：{groups_zh}。" + GAP_ZH)
    return row(f"gap.{name}", SD, (label, label_zh), text, levels=levels)


GAPS = (
    _gap("urban_rural", "Gap urban - rural", "城乡差距",
         "schools in urban areas (城区) minus schools in towns and villages together (镇区 + 乡村, counted as rural 农村)",
         "城区学校减镇区与乡村学校（合为农村）", AREAS),
    _gap("urban_town", "Gap urban - town", "城区与镇区差距", "schools in urban areas minus schools in towns (镇区)",
         "城区学校减镇区学校", WIDE),
    _gap("urban_village", "Gap urban - village", "城区与乡村差距", "schools in urban areas minus schools in villages (乡村)",
         "城区学校减乡村学校", WIDE),
    _gap("town_village", "Gap town - village", "镇区与乡村差距", "schools in towns minus schools in villages",
         "镇区学校减乡村学校", WIDE),
    _gap("left_behind", "Gap left-behind", "留守差距", "children not left behind minus left-behind (both parents away)",
         "非留守儿童减留守儿童（父母双方外出）", LEVELS),
    _gap("ses_top_bottom", "Gap by family background", "家庭背景差距",
         "top fifth minus bottom fifth of family background in the region", "全区域家庭背景最高五分之一减最低五分之一",
         LEVELS),
    _gap("migrant", "Gap migrant", "随迁差距", "not migrant minus migrant children", "非随迁子女减随迁子女"),
    _gap("poor", "Gap poor", "贫困差距", "not poor minus poor children", "非困难学生减家庭经济困难学生"),
    _gap("boarding", "Gap boarding", "寄宿差距", "day pupils minus boarders", "走读生减寄宿生"),
)  # fmt: skip


def _spread(name: str, unit: tuple[str, str], label: str, label_zh: str, text: str, text_zh: str, source: str,
            levels: tuple[str, ...] = WIDE_AND_PLACE) -> Measure:  # fmt: skip
    return row(f"{name}.teachers_per_pupil", unit, (f"{label}, teachers per pupil", f"生均教师数{label_zh}"),
                (f"{text} {TPP}.", f"{TPP_ZH}的{text_zh}。"), source, levels, BY_STAGE)  # fmt: skip


THEIL = "Theil (1967); Shorrocks (1980)"
SPREAD = (
    _spread("gini", INDEX, "Gini", "基尼系数", "Gini index of", "基尼系数", "Cowell, Measuring Inequality (2011)", LEVELS),
    _spread("theil_t", NATS, "Theil T", "泰尔T指数", "Theil's T of", "泰尔T指数", THEIL),
    _spread("theil_t_between", NATS, "Theil T between counties", "泰尔T指数县际部分", "Part between counties of Theil's T of",
            "泰尔T指数中县际部分", THEIL, WIDE),
    _spread("theil_t_within", NATS, "Theil T within counties", "泰尔T指数县内部分", "Part within counties of Theil's T of",
            "泰尔T指数中县内部分", THEIL, WIDE),
    _spread("theil_l", NATS, "Theil L", "泰尔L指数", "Theil's L (schools without teachers left out) of",
            "泰尔L指数（不含无教师学校）", THEIL),
    _spread("theil_l_between", NATS, "Theil L between counties", "泰尔L指数县际部分",
            "Part between counties of Theil's L (schools without teachers left out) of", "泰尔L指数中县际部分", THEIL, WIDE),
    _spread("theil_l_within", NATS, "Theil L within counties", "泰尔L指数县内部分",
            "Part within counties of Theil's L (schools without teachers left out) of", "泰尔L指数中县内部分", THEIL, WIDE),
    _spread("atkinson", INDEX, "Atkinson (0.5)", "阿特金森指数（0.5）", "Atkinson index (aversion 0.5, assumed) of",
            "阿特金森指数（厌恶参数0.5，假定）", "Atkinson (1970)"),
    _spread("mcloone", RATIO, "McLoone", "麦克伦指数", "What the lower half has over half at the median, of",
            "麦克伦指数：低于中位数的一半所占有量与其均达中位数时之比", "Odden and Picus, School Finance"),
    _spread("percentile_ratio", RATIO, "P90 / P10", "P90/P10", "Percentile 90 over percentile 10 of",
            "第90与第10百分位之比", "Hyndman and Fan (1996), type 1"),
    _spread("concentration", INDEX, "Concentration by SES", "按家庭背景的集中指数",
            "Concentration index (schools ranked by their pupils' mean family background; above 0 = the better-off have"
            " more) of", "集中指数（学校按学生平均家庭背景排序；大于0表示有利于背景较好者）",
            "Kakwani, Wagstaff, van Doorslaer (1997)"),
)  # fmt: skip

CHANCE = " In a thinned run chance alone raises it."
CHANCE_ZH = "抽样运行时会因偶然而偏高。"
SEGREGATION = (
    row("dissimilarity.poor", INDEX, ("Dissimilarity of poor pupils", "困难学生相异指数"),
         ("Share of poor pupils who would have to change schools for an even spread over schools." + CHANCE,
          "为使困难学生在校际均匀分布而须转校者的比例。" + CHANCE_ZH), "Duncan and Duncan (1955)", WIDE_AND_PLACE, BY_STAGE),
    row("information_theory_h.poor", INDEX, ("Information theory index of poor pupils", "困难学生信息论指数"),
         ("Theil's H of poor and other pupils over schools." + CHANCE, "困难学生与其他学生校际分布的泰尔H指数。" + CHANCE_ZH),
         "Theil (1972); Reardon and Firebaugh (2002)", WIDE_AND_PLACE, BY_STAGE),
)  # fmt: skip

ROWS = (*CHILDREN, *STAFF, *SCORES, *GAPS, *SPREAD, *SEGREGATION)
