// The same work as src/bin/bench/engine.rs in JavaScript, by what was fastest of several ways in V8: for one pair of
// averages a plain loop, for many the same blocks, turns and tables as in kernels/src/sweep.rs.
const FEE = 0.0005;
const FASTS = Array.from({ length: 25 }, (_, index) => 2 + 2 * index);
const SLOWS = Array.from({ length: 40 }, (_, index) => 60 + 6 * index);
const FAST = 12;
const SLOW = 26;

const BLOCK = 512;
const LEVELS = 10;
const rowsOf = (count) => Array.from({ length: count }, () => new Float64Array(BLOCK));
const weight = (length) => 2 / (length + 1);

// Closes around 2,500, in hundredths, that go up or down by up to two at each.
const market = (count) => {
  const closes = new Float64Array(count);
  let state = 1;
  let hundredths = 250_000;
  for (let index = 0; index < count; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    hundredths = Math.max(hundredths + ((state >>> 16) % 401) - 200, 50_000);
    closes[index] = hundredths / 100;
  }
  return closes;
};

const crossings = (closes) => {
  const [fastWeight, slowWeight] = [weight(FAST), weight(SLOW)];
  let fast = closes[0];
  let slow = fast;
  let was = 0;
  let count = 0;
  for (let index = 0; index < closes.length; index++) {
    const close = closes[index];
    fast += fastWeight * (close - fast);
    slow += slowWeight * (close - slow);
    // Without a branch, which would often be guessed wrong.
    const is = fast > slow ? 1 : 0;
    count += is ^ was;
    was = is;
  }
  return { count, numbers: [fast, slow] };
};

// All is held while the fast average is above the slow one, once that is warm.
const backtest = (closes) => {
  const [fastWeight, slowWeight] = [weight(FAST), weight(SLOW)];
  const keep = 1 - FEE;
  let fast = closes[0];
  let slow = fast;
  let [cash, units, worth, height, least] = [1, 0, 1, 1, 1];
  let isHeld = false;
  let count = 0;
  for (let index = 0; index < closes.length; index++) {
    const close = closes[index];
    fast += fastWeight * (close - fast);
    slow += slowWeight * (close - slow);
    const isAbove = fast > slow && index >= SLOW - 1;
    if (isAbove !== isHeld) {
      if (isAbove) units = (cash * keep) / close;
      else cash = units * close * keep;
      isHeld = isAbove;
      count++;
    }
    worth = isHeld ? units * close : cash;
    if (worth > height) height = worth;
    const share = worth / height;
    if (share < least) least = share;
  }
  return { count, numbers: [worth, 1 - least] };
};

// Four averages at once, so that none waits for itself alone.
const average = (closes, start, length, weights, values, rows) => {
  for (let four = 0; four < rows.length; four += 4) {
    const [firstWeight, secondWeight, thirdWeight, fourthWeight] = weights.slice(four, four + 4);
    const [firsts, seconds, thirds, fourths] = rows.slice(four, four + 4);
    let [first, second, third, fourth] = values.slice(four, four + 4);
    for (let index = 0; index < length; index++) {
      const close = closes[start + index];
      firsts[index] = first += firstWeight * (close - first);
      seconds[index] = second += secondWeight * (close - second);
      thirds[index] = third += thirdWeight * (close - third);
      fourths[index] = fourth += fourthWeight * (close - fourth);
    }
    values[four] = first;
    values[four + 1] = second;
    values[four + 2] = third;
    values[four + 3] = fourth;
  }
};

class Averages {
  constructor(lengths, first, cold) {
    const all = Math.ceil(lengths.length / 4) * 4;
    this.lengths = lengths;
    this.cold = cold;
    this.weights = Array.from({ length: all }, (_, index) => weight(lengths[index] ?? 0));
    this.values = new Float64Array(all).fill(first);
    this.rows = rowsOf(all);
  }

  advance(closes, start, length) {
    average(closes, start, length, this.weights, this.values, this.rows);
    this.lengths.forEach((own, index) => this.rows[index].fill(this.cold, 0, Math.max(0, own - 1 - start)));
  }
}

// The highest and lowest closes of any 2^level from an index on.
const extremes = (closes, start, length, highest, lowest) => {
  for (let index = 0; index < length; index++) highest[0][index] = lowest[0][index] = closes[start + index];
  for (let level = 1; level < LEVELS; level++) {
    const half = 1 << (level - 1);
    const [highs, lows, toHighs, toLows] = [highest[level - 1], lowest[level - 1], highest[level], lowest[level]];
    for (let index = 0; index + 2 * half <= length; index++) {
      toHighs[index] = highs[index] > highs[index + half] ? highs[index] : highs[index + half];
      toLows[index] = lows[index] < lows[index + half] ? lows[index] : lows[index + half];
    }
  }
};

// Where the fast average comes to lie above the slow one, or no longer does.
const turnsOf = (fasts, slows, length, isHeld, turns) => {
  let count = 0;
  let index = 0;
  if (isHeld) {
    while (index < length && fasts[index] > slows[index]) index++;
    if (index < length) turns[count++] = index;
  }
  while (index < length) {
    while (index < length && !(fasts[index] > slows[index])) index++;
    if (index >= length) break;
    turns[count++] = index;
    while (index < length && fasts[index] > slows[index]) index++;
    if (index < length) turns[count++] = index;
  }
  return count;
};

// What every pair has, in arrays of numbers: V8 would keep each number of an object in a place of its own.
const accountsOf = (count) => {
  const numbers = (value) => new Float64Array(count).fill(value);
  return { cash: numbers(1), units: numbers(0), height: numbers(1), low: numbers(1), least: numbers(1), isHeld: new Uint8Array(count), trades: new Int32Array(count) };
};

// One pair over one block: only its turns are looked at, and between them what the tables tell.
const settle = (closes, start, length, turns, count, pair, accounts, highest, lowest) => {
  let isHeld = accounts.isHeld[pair];
  if (count === 0 && !isHeld) return;
  let cash = accounts.cash[pair];
  let units = accounts.units[pair];
  let height = accounts.height[pair];
  let low = accounts.low[pair];
  let least = accounts.least[pair];
  let from = 0;
  let turn = 0;
  const keep = 1 - FEE;
  for (;;) {
    if (isHeld) {
      const to = turn < count ? turns[turn] : length;
      if (to > from) {
        const level = 31 - Math.clz32(to - from);
        const other = to - (1 << level);
        const highs = highest[level];
        const lows = lowest[level];
        const high = highs[from] > highs[other] ? highs[from] : highs[other];
        if (units * high > height) {
          for (let index = from; index < to; index++) {
            const worth = units * closes[start + index];
            if (worth > height) {
              const share = low / height;
              if (share < least) least = share;
              height = low = worth;
            } else if (worth < low) low = worth;
          }
        } else {
          const worth = units * (lows[from] < lows[other] ? lows[from] : lows[other]);
          if (worth < low) low = worth;
        }
      }
      if (turn >= count) break;
      turn++;
      isHeld = 0;
      cash = units * closes[start + to] * keep;
      if (cash > height) {
        const share = low / height;
        if (share < least) least = share;
        height = low = cash;
      } else if (cash < low) low = cash;
    }
    if (turn >= count) break;
    from = turns[turn++];
    units = (cash * keep) / closes[start + from];
    isHeld = 1;
  }
  accounts.cash[pair] = cash;
  accounts.units[pair] = units;
  accounts.height[pair] = height;
  accounts.low[pair] = low;
  accounts.least[pair] = least;
  accounts.isHeld[pair] = isHeld;
  accounts.trades[pair] += count;
};

const sweep = (closes) => {
  const fasts = new Averages(FASTS, closes[0], -Infinity);
  const slows = new Averages(SLOWS, closes[0], Infinity);
  const pairs = FASTS.length * SLOWS.length;
  const accounts = accountsOf(pairs);
  const [highest, lowest] = [rowsOf(LEVELS), rowsOf(LEVELS)];
  const turns = new Int32Array(BLOCK);
  for (let start = 0; start < closes.length; start += BLOCK) {
    const length = Math.min(BLOCK, closes.length - start);
    fasts.advance(closes, start, length);
    slows.advance(closes, start, length);
    extremes(closes, start, length, highest, lowest);
    for (let pair = 0; pair < pairs; pair++) {
      const fast = fasts.rows[Math.floor(pair / SLOWS.length)];
      const count = turnsOf(fast, slows.rows[pair % SLOWS.length], length, accounts.isHeld[pair], turns);
      settle(closes, start, length, turns, count, pair, accounts, highest, lowest);
    }
  }
  const last = closes[closes.length - 1];
  const numbers = new Float64Array(2 * pairs);
  for (let pair = 0; pair < pairs; pair++) {
    numbers[2 * pair] = accounts.isHeld[pair] ? accounts.units[pair] * last : accounts.cash[pair];
    numbers[2 * pair + 1] = 1 - Math.min(accounts.least[pair], accounts.low[pair] / accounts.height[pair]);
  }
  return { count: accounts.trades.reduce((sum, trades) => sum + trades, 0), numbers };
};

// A count, and every bit of every number in one.
const told = ({ count, numbers }) => {
  const bits = new BigUint64Array(Float64Array.from(numbers).buffer);
  const sum = bits.reduce((sum, bits) => BigInt.asUintN(64, sum * 31n + bits), 0n);
  return `${count} ${sum.toString(16).padStart(16, "0")}`;
};

// Each with its name and what it must tell; `answers` is bench/answers.json.
export const engine = (answers, same) => {
  const [long, short] = [market(1_000_000), market(100_000)];
  const works = { ema_cross_1m: () => crossings(long), sweep_1000x100k: () => sweep(short), backtest_1m: () => backtest(long) };
  return Object.entries(works).map(([name, run]) => {
    same(told(run()), answers[name], name);
    return [name, "js loop", run];
  });
};
