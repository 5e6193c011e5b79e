import type { Targets } from '../client/targets.js';
import type { InterruptSignal, MagicFlags } from './magic-flags.js';

/** What `%px` and `%%px` do where their flags say nothing: `%pxconfig` changes it. */
export interface PxConfig {
  readonly targets: Targets;
  readonly block: boolean;
  readonly stream: boolean;
  readonly isVerbose: boolean;
  readonly progressAfterMs: number;
  readonly signalOnInterrupt: InterruptSignal;
}

export function defaultConfig(targets: Targets): PxConfig {
  return {
    targets,
    block: true,
    stream: true,
    isVerbose: false,
    progressAfterMs: 2000,
    signalOnInterrupt: 'SIGINT',
  };
}

/** `config` with what flags say instead. */
export function configured(config: PxConfig, flags: MagicFlags): PxConfig {
  return {
    targets: flags.targets ?? config.targets,
    block: flags.block ?? config.block,
    stream: flags.stream ?? config.stream,
    isVerbose: flags.isVerbose ?? config.isVerbose,
    progressAfterMs: flags.progressAfterMs ?? config.progressAfterMs,
    signalOnInterrupt: flags.signalOnInterrupt ?? config.signalOnInterrupt,
  };
}

/** The flags that say the same: what `%pxconfig` prints, and could be given. */
export function flagsOf(config: PxConfig): string {
  const { progressAfterMs, signalOnInterrupt: signal } = config;
  return [
    `--targets ${targetsText(config.targets)}`,
    config.block ? '--block' : '--noblock',
    config.stream ? '--stream' : '--no-stream',
    `--progress-after ${progressAfterMs === Infinity ? -1 : progressAfterMs / 1000}`,
    `--signal-on-interrupt ${signal === 'none' ? 0 : signal}`,
    config.isVerbose ? '--verbose' : '--no-verbose',
  ].join(' ');
}

/** Targets as `--targets` takes them, as far as it does. */
function targetsText(targets: Targets): string {
  if (typeof targets === 'function') return '<chosen by a function>';
  if (typeof targets === 'object' && 'map' in targets) return targets.join(',');
  if (typeof targets === 'object') {
    const { start = '', stop = '', step } = targets;
    return `${start}:${stop}${step === undefined ? '' : `:${step}`}`;
  }
  return String(targets).replace(/\s+/g, '');
}
