"""Labels, values and remarks of the property sheet in English and Korean."""

from __future__ import annotations

LABELS = {
    "name": ("function", "함수"),
    "range": ("range", "치역"),
    "inf": ("infimum", "하한"),
    "sup": ("supremum", "상한"),
    "inf_attained": ("infimum attained", "하한에 닿는가"),
    "sup_attained": ("supremum attained", "상한에 닿는가"),
    "minimum": ("minimum", "최솟값"),
    "minimum_at": ("minimum at", "최솟값의 자리"),
    "minimum_on": ("minimum on", "최솟값의 구간"),
    "maximum": ("maximum", "최댓값"),
    "maximum_at": ("maximum at", "최댓값의 자리"),
    "maximum_on": ("maximum on", "최댓값의 구간"),
    "monotonic": ("monotonic", "단조"),
    "strictly": ("strictly monotonic", "강한 단조"),
    "continuity": ("continuity class", "연속 미분 가능 횟수"),
    "kinks": ("kinks", "꺾인점"),
    "kink_orders": ("last continuous derivative at the kinks", "꺾인점에서 연속인 마지막 도함수"),
    "jumps": ("jumps", "불연속점"),
    "convex": ("convexity", "볼록성"),
    "parity": ("parity", "대칭"),
    "lipschitz": ("Lipschitz constant", "립시츠 상수"),
    "lipschitz_at": ("Lipschitz constant at", "립시츠 상수의 자리"),
    "lipschitz_on": ("Lipschitz constant on", "립시츠 상수의 구간"),
    "lipschitz_attained": ("Lipschitz constant attained", "립시츠 상수에 닿는가"),
    "slope_sup": ("largest slope off the jumps", "불연속점 밖의 최대 미분계수"),
    "limits": ("limits (left, right)", "극한 (왼쪽, 오른쪽)"),
    "slope_limits": ("limits of the slope", "미분계수의 극한"),
    "asymptotes": ("asymptotes (slope, intercept)", "점근선 (미분계수, 절편)"),
    "saturates_left": ("saturates on the left", "왼쪽 포화"),
    "saturates_right": ("saturates on the right", "오른쪽 포화"),
    "saturation_left_at": ("slope under 1 % left of", "미분계수가 1 % 아래로 (왼쪽)"),
    "saturation_right_at": ("slope under 1 % right of", "미분계수가 1 % 아래로 (오른쪽)"),
    "value_at_0": ("value at 0", "0에서의 값"),
    "slope_at_0": ("slope at 0", "0에서의 미분계수"),
    "slopes_at_0": ("slopes at 0 (left, right)", "0에서의 미분계수 (왼쪽, 오른쪽)"),
    "takes_both_signs": ("takes both signs", "두 부호를 모두 가짐"),
    "zero_centred": ("zero-centred", "0 중심"),
    "mean": ("E f(Z)", "E f(Z)"),
    "second_moment": ("E f(Z)²", "E f(Z)²"),
    "variance": ("Var f(Z)", "Var f(Z)"),
    "slope_mean": ("E f′(Z)", "E f′(Z)"),
    "slope_second_moment": ("E f′(Z)²", "E f′(Z)²"),
    "gain": ("gain 1/√E f²", "이득 1/√E f²"),
    "gain_centred": ("gain 1/√Var f", "이득 1/√Var f"),
    "gain_backward": ("gain 1/√E f′²", "이득 1/√E f′²"),
    "second_moment_map_slope": ("slope of the second-moment map at 1", "이차 적률 사상의 1에서의 미분계수"),
    "chi": ("χ = E f′²/E f²", "χ = E f′²/E f²"),
    "fixed_points": ("fixed points of q ↦ E f(√q Z)²", "q ↦ E f(√q Z)²의 고정점"),
    "fixed_point_slopes": ("slopes there", "고정점에서의 미분계수"),
    "fixed_intervals": ("intervals of fixed points of the map", "사상의 고정 구간"),
    "fixed_points_of_f": ("fixed points of f", "f의 고정점"),
    "fixed_intervals_of_f": ("intervals with f(x) = x", "f(x) = x인 구간"),
    "finite": ("finite for x in", "유한한 범위 x"),
    "finite_slope": ("derivative finite for x in", "도함수가 유한한 범위 x"),
    "dtypes": ("dtype returned", "돌려주는 dtype"),
    "dtype_kept": ("dtype kept", "dtype 유지"),
    "checked": ("only checked numerically", "수치로만 확인한 것"),
}

VALUES = {
    True: ("yes", "예"),
    False: ("no", "아니요"),
    None: ("–", "–"),
    "increasing": ("increasing", "증가"),
    "decreasing": ("decreasing", "감소"),
    "constant": ("constant", "상수"),
    "no": ("no", "단조 아님"),
    "convex": ("convex", "볼록"),
    "concave": ("concave", "오목"),
    "affine": ("affine", "일차식"),
    "neither": ("neither", "해당 없음"),
    "even": ("even", "우함수"),
    "odd": ("odd", "기함수"),
}

REMARKS = {
    "sampled": (
        "range, monotonicity, convexity, parity and limits were found from {count} values of f, not proved; "
        "a feature narrower than {width:.2g} near 0, or than about {far:.0%} of |x| beyond |x| = 64, can be missed",
        "치역·단조·볼록·대칭·극한은 f의 값 {count}개로 찾은 것이고 증명한 것이 아니다. 0 가까이에서 {width:.2g}보다 "
        "좁거나 |x| > 64에서 |x|의 {far:.0%}보다 좁은 특징은 놓칠 수 있다",
    ),
    "smooth_to": (
        "smoothness was compared up to the derivative of order {order}: no jump in any of them was found",
        "매끄러움은 {order}계 도함수까지 견주었다. 어느 것에서도 불연속을 찾지 못했다",
    ),
    "mode_scalar": (
        "f takes one number at a time; it was called in a loop",
        "f가 수 하나씩만 받으므로 하나씩 불러 계산했다",
    ),
    "mode_torch": (
        "f takes torch tensors only; arrays were wrapped",
        "f가 torch 텐서만 받으므로 배열을 텐서로 감쌌다",
    ),
    "mode_torch32": (
        "f takes float32 torch tensors only; numbers are good to about 5 digits",
        "f가 float32 torch 텐서만 받는다. 수는 다섯 자리쯤까지 믿을 수 있다",
    ),
    "mutates": ("f overwrites its input; it was given copies", "f가 입력을 덮어쓰므로 사본을 넘겼다"),
    "whole_dtype": (
        "f returns {dtype} for float64 input; its values were read as real numbers",
        "f가 float64 입력에 {dtype}를 돌려준다. 값을 실수로 읽었다",
    ),
    "short_dtype": (
        "f returns {dtype} for float64 input; numbers are good to the precision of {dtype} at best",
        "f가 float64 입력에 {dtype}를 돌려준다. 수의 정확도는 {dtype}를 넘지 못한다",
    ),
    "hidden_precision": (
        "f works in {dtype} inside; numbers are good to the precision of {dtype} at best",
        "f가 안에서 {dtype}로 계산한다. 수의 정확도는 {dtype}를 넘지 못한다",
    ),
    "outside": (
        "f is {kind} for x from {low:.6g} to {high:.6g}",
        "x가 {low:.6g}부터 {high:.6g}까지일 때 f는 {kind}이다",
    ),
    "hole": ("f({x:.6g}) is {kind}", "f({x:.6g})는 {kind}이다"),
    "lonely": (
        "f({x:.6g}) belongs to neither side: a single displaced value, counted as a jump",
        "f({x:.6g})는 어느 쪽 극한과도 다르다. 홀로 떨어진 값이며 불연속으로 센다",
    ),
    "extrapolated": (
        "the limit on the {side} was read off from |x| up to {reach:.4g}, where values stop being finite",
        "{side} 극한은 값이 유한한 |x| ≤ {reach:.4g}에서 읽었다",
    ),
    "unsure_limit": (
        "f approaches (or grows) too slowly on the {side} for its limit to be certain",
        "{side}에서 f가 너무 느리게 다가가거나 커져서 극한을 확신할 수 없다",
    ),
    "no_limit": ("f has no limit on the {side}: it oscillates", "{side}에서 f는 진동하여 극한이 없다"),
    "trend_break": (
        "beyond |x| = {x:.4g} on the {side} values leave their trend: overflow inside f",
        "{side} |x| = {x:.4g} 너머에서 값이 추세를 벗어난다. f 안의 오버플로이다",
    ),
    "micro": (
        "a step of {step:.2g} at x = {x:.6g} was taken as rounding of the implementation, not as a jump",
        "x = {x:.6g}에서 크기 {step:.2g}의 층은 구현의 반올림으로 보고 불연속으로 세지 않았다",
    ),
    "steep": (
        "at x = {x:.6g} f changes by {step:.4g} over less than 1e-9: counted as a jump",
        "x = {x:.6g}에서 f가 1e-9보다 좁은 폭에 {step:.4g}만큼 변한다. 불연속으로 센다",
    ),
    "wild": (
        "between {low:.6g} and {high:.6g} f varies too fast to be resolved; there it was only sampled",
        "{low:.6g}와 {high:.6g} 사이에서 f가 너무 빠르게 변해 표본만 보았다",
    ),
    "missing": (
        "f has no value on a set of probability {mass:.3g} under N(0, 1): averages are nan",
        "N(0, 1)에서 확률 {mass:.3g}인 집합에 f의 값이 없다. 평균은 nan이다",
    ),
    "rough": (
        "f was not resolved on a set of probability {mass:.2g} under N(0, 1): E f and E f² are rough there, "
        "E f′ and E f′² are nan",
        "N(0, 1)에서 확률 {mass:.2g}인 집합에서는 f가 너무 거칠어 표본만 보았다. 그래서 E f와 E f²는 어림값이고 "
        "E f′와 E f′²는 nan이다",
    ),
    "infinite": ("the integral of {what} over N(0, 1) diverges", "N(0, 1)에서 {what}의 적분이 발산한다"),
    "jump_slope": (
        "E f′ and E f′² leave out the jumps (almost-everywhere slope)",
        "E f′와 E f′²는 불연속점을 뺀(거의 모든 곳의) 미분계수로 구했다",
    ),
    "derivative": (
        "f carries a derivative that differs from the slope of its values by up to {gap:.2g} (at x = {x:.6g})",
        "f에 딸린 도함수가 값에서 구한 미분계수와 최대 {gap:.2g} 다르다 (x = {x:.6g})",
    ),
    "dtype": ("{given} input returns {got}", "{given} 입력에 {got}를 돌려준다"),
    "many_fixed": (
        "fixed points of f were looked for on |x| <= 64 only",
        "f의 고정점은 |x| ≤ 64에서만 찾았다",
    ),
}

SIDES = {-1: ("left", "왼쪽"), 1: ("right", "오른쪽")}
_LANGUAGES = {"en": 0, "ko": 1}


def language(lang: str) -> int:
    """Index of a language; `ValueError` for one there is no wording for."""
    if lang not in _LANGUAGES:
        raise ValueError(f"lang must be one of {', '.join(_LANGUAGES)}, got {lang!r}")
    return _LANGUAGES[lang]


def remark(key: str, details: dict, lang: str = "en") -> str:
    """The sentence for a remark."""
    i = language(lang)
    shown = {k: SIDES[v][i] if k == "side" else v for k, v in details.items()}
    return REMARKS[key][i].format(**shown)


def value_text(value, lang: str = "en") -> str:
    """A value of the sheet as it stands in a table."""
    i = language(lang)
    if isinstance(value, (bool, str)) or value is None:
        return VALUES[value][i] if value in VALUES else str(value)
    if isinstance(value, (tuple, list)):
        return _sequence_text(value, lang)
    if isinstance(value, dict):
        return "; ".join(f"{k}: {value_text(v, lang)}" for k, v in value.items())
    return _number_text(value, lang)


def _number_text(value, lang):
    if value != value:
        return ("undefined", "없음")[language(lang)]
    if value == float("inf") or value == float("-inf"):
        return "∞" if value > 0 else "−∞"
    return f"{value:.7g}".replace("-", "−")


def continuity_text(order, lang: str = "en") -> str:
    """Differentiability class: C^0, C^1, …, C^∞, or what is below them."""
    if order < 0:
        return ("−1 (jump)", "−1 (불연속)")[language(lang)]
    return "C^∞" if order == float("inf") else f"C^{int(order)}"


def _sequence_text(value, lang, most=8):
    if not value:
        return "–"
    shown = ", ".join(f"({value_text(v, lang)})" if isinstance(v, tuple) else value_text(v, lang) for v in value[:most])
    return shown + (f", … ({len(value)})" if len(value) > most else "")
