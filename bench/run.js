// Runs one worker after the other, so that they share no core, in rounds, so that both meet the machine in the same
// moods, and hands the rows, the memory that a day in the sandbox takes and how long a row of the journal takes to the
// disk to whoever serves this page.
const ROUNDS = 5;

const toldBy = (script, name) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(script, { type: "module", name });
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(JSON.parse(data));
    };
    worker.onerror = ({ message }) => reject(new Error(`${script}: ${message}`));
  });

let answer = { rounds: [] };
try {
  for (let round = 0; round < ROUNDS; round++) {
    answer.rounds.push({ ours: await toldBy("ours.js", "speed"), peers: await toldBy("peers.js", "speed") });
  }
  answer.memory = await toldBy("ours.js", "memory");
  answer.journal = await toldBy("ours.js", "journal");
} catch (error) {
  answer = { error: String(error) };
}
await fetch("result", { method: "POST", body: JSON.stringify(answer) });
