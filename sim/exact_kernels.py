"""The compiled half of `sim.exact`: polynomials and loops in plain float64 arithmetic, nothing that a library could change.

Where 1 unit in the last place asks for more than float64 holds, a number is kept as two, high and low, with the classical
exact sums and products (Dekker 1971, "A floating-point technique for extending the available precision").
"""

from __future__ import annotations

import numpy as np

from sim.compile import kernel

LN2_HIGH, LN2_LOW = 0.6931471804855391, 7.440617110012397e-11  # the first has 33 bits: whole multiples of it are exact
QUARTER_1, QUARTER_2 = 1.5707963267341256, 6.077100506303966e-11  # of a turn; each has 33 bits
QUARTER_3 = 2.0222662487959506e-21  # the rest
SPLITTER = 134217729.0  # 2^27 + 1
ROOT_HALF = np.int64(0x3FE6A09E667F3BCD)  # the bits of sqrt(1/2)
FAR = 1e6  # radians


@kernel
def product(a, b):
    """Return a times b as two numbers: the rounded product and what rounding took from it."""
    high = a * b
    t = SPLITTER * a
    a1 = t - (t - a)
    a2 = a - a1
    t = SPLITTER * b
    b1 = t - (t - b)
    b2 = b - b1
    return high, ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2


@kernel
def log_parts(x):
    """Return the natural logarithm of a positive finite x as two numbers; together right to about 1e-18.

    x = 2^e m with m near 1; log m = 2 (s + s^3 / 3 + s^5 / 5 + ...), s = (m - 1) / (m + 1).
    """
    e = np.int64(0)
    if x < 2.2250738585072014e-308:  # below the normal numbers
        x = x * 18014398509481984.0  # 2^54
        e = np.int64(-54)
    bits = np.float64(x).view(np.int64)
    shift = (bits - ROOT_HALF) >> np.int64(52)
    e += shift
    m = np.int64(bits - (shift << np.int64(52))).view(np.float64)
    f = m - 1.0
    d = m + 1.0
    t = d - m
    d_low = (m - (d - t)) + (1.0 - t)
    s = f / d
    high, low = product(s, d)
    s_low = (((f - high) - low) - s * d_low) / d
    z = s * s
    p = 1.0 / 25.0
    p = p * z + 1.0 / 23.0
    p = p * z + 1.0 / 21.0
    p = p * z + 1.0 / 19.0
    p = p * z + 1.0 / 17.0
    p = p * z + 1.0 / 15.0
    p = p * z + 1.0 / 13.0
    p = p * z + 1.0 / 11.0
    p = p * z + 1.0 / 9.0
    p = p * z + 1.0 / 7.0
    p = p * z + 1.0 / 5.0
    p = p * z + 1.0 / 3.0
    rest = 2.0 * (s_low + s * z * p)
    k = np.float64(e)
    a, b = k * LN2_HIGH, 2.0 * s
    first = a + b
    t = first - a
    rest += ((a - (first - t)) + (b - t)) + k * LN2_LOW
    whole = first + rest
    return whole, rest - (whole - first)


@kernel
def exp_parts(high, low):
    """Return the exponential of high + low, where |low| is far below |high|."""
    if np.isnan(high):
        return high
    if high > 709.8:
        return np.inf
    if high < -745.2:
        return 0.0
    n = np.floor(high * 1.4426950408889634 + 0.5)
    a = high - n * LN2_HIGH
    c = low - n * LN2_LOW
    r = a + c
    left = (a - r) + c
    p = 1.1470745597729725e-11  # 1 / 14!, then 1 / 13! and so on
    p = p * r + 1.6059043836821613e-10
    p = p * r + 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 1.984126984126984e-04
    p = p * r + 1.388888888888889e-03
    p = p * r + 8.333333333333333e-03
    p = p * r + 4.1666666666666664e-02
    p = p * r + 1.6666666666666666e-01
    p = p * r + 0.5
    small = r * r * p + left  # of exp(r) - 1 - r
    y = 1.0 + (r + small)
    whole = np.int64(n)
    half = whole >> np.int64(1)
    one = np.int64((half + np.int64(1023)) << np.int64(52)).view(np.float64)
    two = np.int64((whole - half + np.int64(1023)) << np.int64(52)).view(np.float64)
    return y * one * two


@kernel
def power_of(base, exponent):
    """Return base ** exponent for a base >= 0, NaN below."""
    if exponent == 0.0 or base == 1.0:
        return 1.0
    if np.isnan(base) or np.isnan(exponent) or base < 0.0:
        return np.nan
    if base == 0.0 or np.isinf(base):
        return np.inf if (base > 0.0) == (exponent > 0.0) else 0.0
    if np.isinf(exponent):
        return np.inf if (base > 1.0) == (exponent > 0.0) else 0.0
    high, low = log_parts(base)
    about = high * exponent
    if about > 720.0:
        return np.inf
    if about < -760.0:
        return 0.0
    if abs(exponent) > 1e290:  # the exact product would overflow inside; base is then 1 to the last digits
        return exp_parts(about, low * exponent)
    one, two = product(high, exponent)
    return exp_parts(one, two + low * exponent)


@kernel
def turn_parts(x):
    """Return (quarter turns modulo 4, rest high, rest low) of an angle: the rest lies within an eighth of a turn."""
    n = np.floor(x * 0.6366197723675814 + 0.5)
    a = x - n * QUARTER_1
    b = n * QUARTER_2
    first = a - b
    t = first - a
    left = ((a - (first - t)) - (b + t)) - n * QUARTER_3
    rest = first + left
    return np.int64(n) & np.int64(3), rest, left - (rest - first)


@kernel
def sine(r, low):
    """Return the sine of r + low, |r| up to pi / 4: the series to r^19."""
    z = r * r
    p = -8.22063524662433e-18  # 1 / 19!
    p = p * z + 2.8114572543455206e-15
    p = p * z + -7.647163731819816e-13
    p = p * z + 1.6059043836821613e-10
    p = p * z + -2.505210838544172e-08
    p = p * z + 2.7557319223985893e-06
    p = p * z + -1.984126984126984e-04
    p = p * z + 8.333333333333333e-03
    p = p * z + -1.6666666666666666e-01
    return r + (r * z * p + low * (1.0 - 0.5 * z))


@kernel
def cosine(r, low):
    """Return the cosine of r + low, |r| up to pi / 4: the series to r^18."""
    z = r * r
    p = -1.5619206968586225e-16  # 1 / 18!
    p = p * z + 4.779477332387385e-14
    p = p * z + -1.1470745597729725e-11
    p = p * z + 2.08767569878681e-09
    p = p * z + -2.755731922398589e-07
    p = p * z + 2.48015873015873e-05
    p = p * z + -1.388888888888889e-03
    p = p * z + 4.1666666666666664e-02
    half = 0.5 * z
    near = 1.0 - half
    return near + (((1.0 - near) - half) + (z * z * p - r * low))


@kernel
def trigonometric(x, ahead):
    """Return the sine of an angle a number of quarter turns ahead of x; NaN where |x| is beyond 1e6."""
    if not abs(x) <= FAR:
        return np.nan
    quarter, r, low = turn_parts(x)
    quarter = (quarter + ahead) & np.int64(3)
    y = cosine(r, low) if quarter & np.int64(1) else sine(r, low)
    return -y if quarter & np.int64(2) else y


@kernel
def fill_exp(x, out):
    """out = exp(x), (n,) each."""
    for i in range(x.size):
        out[i] = exp_parts(x[i], 0.0)


@kernel
def fill_log(x, out):
    """out = log(x), (n,) each."""
    for i in range(x.size):
        if x[i] > 0.0 and not np.isinf(x[i]):
            out[i] = log_parts(x[i])[0]
        elif x[i] == 0.0:
            out[i] = -np.inf
        else:
            out[i] = x[i] if x[i] > 0.0 else np.nan


@kernel
def fill_sin(x, out):
    """out = sin(x), (n,) each."""
    for i in range(x.size):
        out[i] = trigonometric(x[i], np.int64(0))


@kernel
def fill_cos(x, out):
    """out = cos(x), (n,) each."""
    for i in range(x.size):
        out[i] = trigonometric(x[i], np.int64(1))


@kernel
def fill_power(base, exponent, out):
    """out = base ** exponent, (n,) each."""
    for i in range(base.size):
        out[i] = power_of(base[i], exponent[i])


@kernel
def add_middle(x, out):
    """out[i, k] += x[i, 0, k] + x[i, 1, k] + ..., in this order; out begins at 0."""
    for i in range(x.shape[0]):
        if x.shape[2] == 1:
            all_of_it = 0.0
            for j in range(x.shape[1]):
                all_of_it += x[i, j, 0]
            out[i, 0] = all_of_it
        else:
            for j in range(x.shape[1]):
                for k in range(x.shape[2]):
                    out[i, k] += x[i, j, k]


@kernel
def add_by_group(x, group, out):
    """out[r, group[i]] += x[r, i] for i = 0, 1, ...; out begins at 0."""
    for r in range(x.shape[0]):
        for i in range(x.shape[1]):
            out[r, group[i]] += x[r, i]
