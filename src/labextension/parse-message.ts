import type { PanelMessage } from '../wire/panel-messages.js';

/**
 * What the kernel said, or undefined for what this version does not know. The kernel is of the same package
 * as the panel, so no more is checked than tells messages apart.
 */
export function parsePanelMessage(data: object): PanelMessage | undefined {
  return isPanelMessage(data) ? data : undefined;
}

function isPanelMessage(data: object): data is PanelMessage {
  if (!('type' in data)) return false;
  if (data.type === 'answer') return 'id' in data && typeof data.id === 'number';
  return (
    data.type === 'state' &&
    'state' in data &&
    typeof data.state === 'object' &&
    data.state !== null &&
    'others' in data.state &&
    Array.isArray(data.state.others)
  );
}
