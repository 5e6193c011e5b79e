import { cpus, totalmem } from 'node:os';

/** Median and spread (10th to 90th percentile) of `samples`. */
export function summary(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { median: at(0.5), low: at(0.1), high: at(0.9), samples: sorted.length };
}

/**
 * One line of a report: what was measured, ours and a peer's, and the ratio of the medians.
 *
 * @param {string} what
 * @param {string} unit
 * @param {{ ours: number[], peer: number[], peerName: string }} figures
 */
export function row(what, unit, { ours, peer, peerName }) {
  const [own, other] = [summary(ours), summary(peer)];
  return { what, unit, ours: own, peer: other, peerName, ratio: own.median / other.median };
}

/** The machine, the day and the versions: a figure without them says nothing. */
export function machine() {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
  };
}

/** The report as a Markdown table. */
export function table({ rows, date, node, cores, cpu }) {
  const header = [
    `${date}, Node ${node}, ${cores} cores (${cpu})`,
    '',
    '| | pxlab | 10–90 % | peer | 10–90 % | pxlab / peer |',
    '|---|---|---|---|---|---|',
  ];
  const figure = (value, unit) => `${value.toPrecision(3)} ${unit}`;
  const spread = ({ low, high, samples }) =>
    `${low.toPrecision(3)}–${high.toPrecision(3)} (n=${samples})`;
  const lines = rows.map(
    ({ what, unit, ours, peer, peerName, ratio }) =>
      `| ${what} | ${figure(ours.median, unit)} | ${spread(ours)} | ` +
      `${peerName} ${figure(peer.median, unit)} | ${spread(peer)} | ${ratio.toFixed(2)} |`,
  );
  return [...header, ...lines].join('\n');
}

const kernels = ['pxlab', 'ipykernel', 'tslab', 'Deno'];

/** The same with a column for each kernel: the median, and what 80 % of the samples lie between. */
export function kernelTable({ rows, date, node, cores, cpu }) {
  const header = [
    `${date}, Node ${node}, ${cores} cores (${cpu})`,
    '',
    `| | ${kernels.join(' | ')} | pxlab / tslab | goal |`,
    `|---|${'---|'.repeat(kernels.length + 2)}`,
  ];
  const figure = (value) => value.toFixed(Math.abs(value) < 20 ? 1 : 0);
  const cell = (each, unit) =>
    each === undefined
      ? '—'
      : `${figure(each.median)} ${unit} (${figure(each.low)}–${figure(each.high)})`;
  const lines = rows.map(({ what, unit, kernels: by, goal, reached }) => {
    const ratio = by.pxlab && by.tslab ? (by.pxlab.median / by.tslab.median).toFixed(2) : '—';
    const told = goal === undefined ? '' : `${goal}: ${reached ? 'reached' : 'not reached'}`;
    return `| ${[what, ...kernels.map((name) => cell(by[name], unit)), ratio, told].join(' | ')} |`;
  });
  return [...header, ...lines].join('\n');
}
