/**
 * How the C library of a kernel keeps what V8's threads have freed: in one pool, and given back from one megabyte on.
 * By itself it makes a pool for each thread, which keeps what that thread has once needed: 50 MB after 200 cells.
 * It reads them at its start. Source: https://man7.org/linux/man-pages/man3/mallopt.3.html
 */
const settings: Readonly<Record<string, string>> = {
  ['MALLOC_ARENA_MAX']: '1',
  ['MALLOC_TRIM_THRESHOLD_']: `${2 ** 20}`,
};

export const allocatorSettings: Readonly<Record<string, string>> =
  process.platform === 'linux' ? settings : {};

/** They are for this process, and not for what it starts. */
export function forgetAllocatorSettings(): void {
  for (const [name, value] of Object.entries(allocatorSettings)) {
    if (process.env[name] === value) Reflect.deleteProperty(process.env, name);
  }
}
