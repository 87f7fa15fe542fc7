// Explorer: functions from their programs, averages over a normal input, signals through layers.
"use strict";

/** erf for |x| < 2.5 as a series of positive terms. */
const erfSeries = (x) => {
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
};

/** erfc for x ≥ 2.5 as a continued fraction. */
const erfcTail = (x) => {
  let rest = x;
  for (let n = 60; n > 0; n -= 1) rest = x + n / 2 / rest;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * rest);
};

const erf = (x) => (Math.abs(x) < 2.5 ? erfSeries(x) : x > 0 ? 1 - erfcTail(x) : x < 0 ? erfcTail(-x) - 1 : NaN);
const erfc = (x) => (Math.abs(x) < 2.5 ? 1 - erfSeries(x) : x > 0 ? erfcTail(x) : x < 0 ? 2 - erfcTail(-x) : NaN);
const square = (x) => x * x;

const explorerMaths = (() => {
  const STEP = 1e-4;
  const KINK = 0.02;

  /** f″ from f′; NaN at a kink, where the slopes on both sides have nothing to do with each other. */
  const second = (slope) => (x) => {
    const h = STEP * Math.max(1, Math.abs(x));
    const [left, right] = [(slope(x) - slope(x - h)) / h, (slope(x + h) - slope(x)) / h];
    return Math.abs(right - left) > KINK * (1 + Math.abs(left) + Math.abs(right)) ? NaN : (left + right) / 2;
  };

  /** The four curves of a function at parameter values (a list). */
  const curvesOf = (id, values) => {
    const [f, d1] = explorerPrograms[id].map((program) => (x) => Number(program(x, ...values)));
    return { f, d1, d2: second(d1), gate: (x) => (x === 0 ? d1(0) : f(x) / x) };
  };

  // Midpoints of many thin strips: symmetric about 0 and never on it, where most kinks are.
  const COUNT = 1800;
  const REACH = 8.5;
  const NODES = Array.from({ length: COUNT }, (_, k) => ((2 * k + 1) / COUNT - 1) * REACH);
  const WEIGHTS = NODES.map((z) => ((2 * REACH) / COUNT) * Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI));

  /** E f(√q Z), E f² and E f′² for Z ~ N(0, 1). */
  const averages = ({ f, d1 }, q = 1) => {
    let [mean, second, slope] = [0, 0, 0];
    for (let k = 0; k < COUNT; k += 1) {
      const x = Math.sqrt(q) * NODES[k];
      const [value, steep] = [f(x), d1(x)];
      mean += WEIGHTS[k] * value;
      second += WEIGHTS[k] * value * value;
      slope += WEIGHTS[k] * steep * steep;
    }
    return { mean, second, slope };
  };

  /** Layer by layer, in a wide network with weights of variance gain²/n: mean, variance, gradient signal. */
  const signals = (curves, { gain, q, layers }) => {
    const rows = [];
    for (let [variance, l] = [q, 0]; l < layers; l += 1) {
      const { mean, second: square, slope } = averages(curves, variance);
      rows.push({ mean, variance: Math.max(square - mean * mean, 0), factor: gain * gain * slope });
      variance = gain * gain * square;
    }
    let signal = 1;
    for (const row of [...rows].reverse()) {
      row.signal = signal;
      signal *= row.factor;
    }
    return rows;
  };

  return { curvesOf, averages, signals };
})();
