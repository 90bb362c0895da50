// FastLZ level 1 in plain JavaScript on typed arrays: the format is told in src/session/flz.rs.
const TAIL = 13;
const FARTHEST = 8192;

export function flzCompress(input) {
  const output = new Uint8Array(64 + input.length + Math.ceil(input.length / 32));
  const seen = new Uint32Array(8192);
  let length = 0;
  let literalsFrom = 0;
  const tripleAt = (at) => input[at] | (input[at + 1] << 8) | (input[at + 2] << 16);
  const slot = (triple) => (Math.imul(triple, 2654435769) >>> 19) & 8191;
  const literals = (end) => {
    while (literalsFrom < end) {
      const run = Math.min(32, end - literalsFrom);
      output[length++] = run - 1;
      output.set(input.subarray(literalsFrom, literalsFrom + run), length);
      length += run;
      literalsFrom += run;
    }
  };
  let at = 0;
  while (at + TAIL <= input.length) {
    const triple = tripleAt(at);
    const index = slot(triple);
    const from = seen[index] - 1;
    seen[index] = at + 1;
    if (from < 0 || at - from > FARTHEST || tripleAt(from) !== triple) {
      at += 1;
      continue;
    }
    let same = 3;
    while (at + same < input.length && input[from + same] === input[at + same]) same += 1;
    literals(at);
    const distance = at - from - 1;
    for (let left = same; left > 0; ) {
      // What is left behind must be long enough to be a repetition of its own.
      let run = Math.min(left, 264);
      if (left > run && left - run < 3) run -= 3;
      if (run >= 9) {
        output[length++] = 0xe0 | (distance >> 8);
        output[length++] = run - 9;
      } else {
        output[length++] = ((run - 2) << 5) | (distance >> 8);
      }
      output[length++] = distance & 255;
      left -= run;
    }
    at += same;
    literalsFrom = at;
    for (const place of [at - 2, at - 1]) {
      if (place + TAIL <= input.length) seen[slot(tripleAt(place))] = place + 1;
    }
  }
  literals(input.length);
  return output.subarray(0, length);
}

export function flzDecompress(input) {
  const output = [];
  for (let at = 0; at < input.length; ) {
    const kind = input[at] >> 5;
    const low = input[at++] & 31;
    if (kind === 0) {
      for (let left = low + 1; left > 0; left--) output.push(input[at++]);
      continue;
    }
    let left = kind === 7 ? 9 + input[at++] : kind + 2;
    const from = output.length - ((low << 8) | input[at++]) - 1;
    for (let place = from; left > 0; left--) output.push(output[place++]);
  }
  return Uint8Array.from(output);
}
