import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Notice } from '../panel-model.js';

interface NoticesProps {
  readonly notices: readonly Notice[];
  readonly onDismiss: (noticeId: number) => void;
}

/** Sentences that stay until they are dismissed; screen readers say them when they come. */
export function Notices({ notices, onDismiss }: NoticesProps): React.JSX.Element {
  return (
    <ul className="pxlab-notices" aria-live="polite" aria-label="What happened">
      {notices.map(({ id, kind, text }) => (
        <li key={id} className="pxlab-notice" data-kind={kind}>
          <span>{text}</span>
          <button
            className="pxlab-icon-button"
            title="Dismiss"
            aria-label={`Dismiss: ${text}`}
            onClick={() => onDismiss(id)}
          >
            <closeIcon.react tag={null} width="14px" />
          </button>
        </li>
      ))}
    </ul>
  );
}
