/**
 * TypeScript, loaded as the CommonJS that it is. An ES module that imports it has Node read its nine megabytes twice
 * more, for what kind of module they are and what they export: 0.4 s of each start of a kernel.
 *
 * No other form has both values and types; it is not erasable, and need not be, since tsc compiles this file.
 */
// @ts-expect-error -- See above.
import ts = require('typescript'); // eslint-disable-line @typescript-eslint/no-require-imports -- See above.

// @ts-expect-error -- See above.
export = ts;
