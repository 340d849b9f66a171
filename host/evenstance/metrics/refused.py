"""Names of numbers that this board cannot know, each with the reason and what can be had.

One vertical channel per plate sees how much load acts, not where on the plate, in which direction,
nor what the body above does.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refused:
    """A number that is not given, other names for it, why not, and what is there instead."""

    name: str
    synonyms: tuple[str, ...]
    reason: str
    instead: str


_WHERE = (
    "One cell per plate gives the load, not the point where it acts, so there is no centre of "
    "pressure."
)
_BODY = "The plates feel the load under the feet; they see no joint, bone or muscle."
_STEADINESS = "force_sd_n says how steady the vertical force is"

REFUSED: tuple[Refused, ...] = (
    Refused(
        "cop_velocity",
        ("cop_speed", "sway_velocity", "mean_velocity", "mean_cop_velocity"),
        _WHERE,
        f"{_STEADINESS}; it is another quantity and cannot be converted.",
    ),
    Refused(
        "cop_path",
        ("cop_path_length", "sway_path", "path_length", "total_excursion", "cop_length"),
        _WHERE,
        f"{_STEADINESS}; it is another quantity and cannot be converted.",
    ),
    Refused(
        "cop_area",
        ("sway_area", "convex_hull_area", "stabilogram_area"),
        _WHERE,
        f"{_STEADINESS}; force_range_p95_p5_n its range.",
    ),
    Refused(
        "cop_ellipse",
        ("ellipse_area", "confidence_ellipse", "prediction_ellipse", "ellipse_95"),
        _WHERE,
        f"{_STEADINESS}; force_range_p95_p5_n its range.",
    ),
    Refused(
        "anterior_posterior",
        (
            "ap",
            "ap_sway",
            "ap_force",
            "cop_ap",
            "force_ap_n",
            "anteroposterior",
            "forward_backward",
            "shear_ap",
        ),
        "The cells measure the vertical force only, and nothing along the foot.",
        f"{_STEADINESS}.",
    ),
    Refused(
        "medio_lateral_within_foot",
        ("ml_sway", "cop_ml", "mediolateral", "inversion_eversion"),
        "The cells measure the vertical force only; within one foot there is no left and right.",
        "weight_bearing_asymmetry_pct says how two-legged load is split between the feet.",
    ),
    Refused(
        "ankle_strategy",
        ("hip_strategy", "balance_strategy", "postural_strategy"),
        f"{_BODY} Which joint balances is not in the vertical force.",
        f"{_STEADINESS}, however it is done.",
    ),
    Refused(
        "forefoot_rearfoot",
        ("forefoot_load", "rearfoot_load", "heel_load", "toe_load", "foot_pressure"),
        "One cell per plate adds up the whole foot.",
        "load_share_mean_pct says how the load is split between the feet.",
    ),
    Refused(
        "pelvic_drop",
        ("trendelenburg", "hip_drop", "pelvic_tilt"),
        _BODY,
        "A camera or a person who looks; here hold_time_s and touch_down_count.",
    ),
    Refused(
        "knee_valgus",
        ("dynamic_valgus", "knee_angle", "frontal_plane_projection_angle", "fppa"),
        _BODY,
        "A camera or a person who looks; here hold_time_s and touch_down_count.",
    ),
    Refused(
        "quad_ham_ratio",
        ("quadriceps_hamstring_ratio", "hamstring_quad_ratio", "hq_ratio", "strength_ratio"),
        f"{_BODY} Balance is not strength: the two are nearly unrelated.",
        "A dynamometer measures strength.",
    ),
    Refused(
        "muscle_activation",
        ("emg", "muscle_activity", "co_contraction", "gluteus_medius_activation"),
        _BODY,
        "Electromyography measures it.",
    ),
    Refused(
        "dpsi",
        ("dynamic_postural_stability_index", "vsi", "apsi", "mlsi", "time_to_stabilisation"),
        "It needs forces in three directions and a landing; the plates are vertical and sampled "
        "at about 90 SPS.",
        "settling_time_s, exploratory, after lift-off in a hold.",
    ),
    Refused(
        "jump_height",
        ("cmj_height", "flight_time", "reactive_strength_index", "rsi", "take_off_velocity"),
        "A flight timed at about 90 SPS is off by several centimetres of height.",
        "A force plate of 500 SPS or more. This board measures standing.",
    ),
    Refused(
        "fall_risk",
        ("fall_score", "risk_of_falling", "fall_probability"),
        "The time on one leg hardly tells who will fall (AUC below 0.6: Blodgett 2021, 2023 [V]), "
        "and nothing else here was tested for it.",
        "hold_time_s, as it is, for a person who knows the rest.",
    ),
)
BY_NAME: dict[str, Refused] = {name: one for one in REFUSED for name in (one.name, *one.synonyms)}


def refused(name: str) -> Refused | None:
    """The refusal for a name or one of its synonyms, written in any case, with - or spaces.

    >>> refused("CoP velocity").name
    'cop_velocity'
    >>> refused("force_sd_n") is None
    True
    """
    return BY_NAME.get("_".join(name.lower().replace("-", " ").replace("_", " ").split()))
