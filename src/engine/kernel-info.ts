import type { JsonObject } from '../wire/message.js';

/** Content of a `kernel_info_reply`: what runs here. `version` is this package's. */
export function kernelInfo(version: string): JsonObject {
  return {
    status: 'ok',
    protocol_version: '5.3',
    implementation: 'pxlab',
    implementation_version: version,
    language_info: {
      name: 'typescript',
      version: process.version.slice(1),
      mimetype: 'text/typescript',
      file_extension: '.ts',
    },
    banner: `pxlab engine on Node ${process.version}`,
    help_links: [],
  };
}
