#!/usr/bin/env node
/* ONNX Runtime as a peer: how fast it runs an exported model on the CPU, and what it answers.
 *
 *   peer_ort.js time MODEL.onnx THREADS BATCH SECONDS
 *       prints {peer, threads, batch, median_us, best_us} of a call, as JSON
 *   peer_ort.js run MODEL.onnx IMAGES LOGITS
 *       reads float32 [N,1,28,28] from one file, writes float32 [N,classes] to another
 *
 * The package comes with `make peers`. */
'use strict';
const fs = require('fs');
const ort = require('onnxruntime-node');
const { version } = require('onnxruntime-node/package.json');

const SIDE = 28;
const WARM_UP = 20;

const open = (model, threads) =>
  ort.InferenceSession.create(model, { intraOpNumThreads: threads, interOpNumThreads: 1 });

function tensor(values) {
  return { input: new ort.Tensor('float32', values, [values.length / (SIDE * SIDE), 1, SIDE, SIDE]) };
}

async function time(model, threads, batch, seconds) {
  const session = await open(model, threads);
  const images = tensor(Float32Array.from({ length: batch * SIDE * SIDE }, () => Math.random() * 2 - 1));
  const times = [];
  for (let i = 0; i < WARM_UP; i++) await session.run(images);
  const end = performance.now() + 1000 * seconds;
  do {
    const start = process.hrtime.bigint();
    await session.run(images);
    times.push(Number(process.hrtime.bigint() - start) / 1000);
  } while (times.length < 12 || performance.now() < end);
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({
    peer: `ONNX Runtime ${version}`, threads, batch,
    median_us: times[times.length >> 1], best_us: times[0],
  }));
}

async function run(model, from, to) {
  const bytes = fs.readFileSync(from);
  const session = await open(model, 1);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const { logits } = await session.run(tensor(values));
  fs.writeFileSync(to, Buffer.from(logits.data.buffer, logits.data.byteOffset, logits.data.byteLength));
}

const [what, model, ...rest] = process.argv.slice(2);
const work = what === 'time' && rest.length === 3 ? time(model, ...rest.map(Number))
  : what === 'run' && rest.length === 2 ? run(model, ...rest)
  : Promise.reject(new Error('usage: peer_ort.js time MODEL THREADS BATCH SECONDS | run MODEL IMAGES LOGITS'));
work.catch(error => {
  console.error(error.message);
  process.exitCode = 1;
});
