"""The policies that come with the product, by name: a table that is read without importing any of them."""

from __future__ import annotations

GROUP = "junheng.policies"  # entry points by which installed packages offer policies
BUILT_IN = {
    "group_schooling": "policies.group_schooling:GroupSchooling",
    "pairing_assistance": "policies.pairing_assistance:PairingAssistance",
    "rotation": "policies.rotation:Rotation",
    "student_aid": "policies.student_aid:StudentAid",
    "standardisation": "policies.standardisation:Standardisation",
    "staffing": "policies.staffing:Staffing",
    "class_size_cap": "policies.class_size_cap:ClassSizeCap",
    "rural_allowance": "policies.rural_allowance:RuralAllowance",
}
