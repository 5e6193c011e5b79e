import type { JsonObject } from '../wire/message.js';

/** Version of this package, which engines tell the hub. */
export const packageVersion = '0.1.0';

/** Content of a `kernel_info_reply`: what runs here. */
export function kernelInfo(): JsonObject {
  return {
    status: 'ok',
    protocol_version: '5.3',
    implementation: 'pxlab',
    implementation_version: packageVersion,
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
