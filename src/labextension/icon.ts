import { LabIcon } from '@jupyterlab/ui-components';

/** Four engines, one of which works. */
const svg = `
<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">
  <g class="jp-icon3 jp-icon-selectable" fill="#616161">
    <rect x="1.5" y="1.5" width="5.6" height="5.6" rx="1.4"/>
    <path d="M10.3 1.5h2.8a1.4 1.4 0 0 1 1.4 1.4v2.8a1.4 1.4 0 0 1-1.4 1.4h-2.8a1.4 1.4 0 0 1-1.4-1.4V2.9a1.4 1.4 0 0 1 1.4-1.4zm.1 1.3v3h2.6v-3z"/>
    <rect x="1.5" y="8.9" width="5.6" height="5.6" rx="1.4"/>
    <rect x="8.9" y="8.9" width="5.6" height="5.6" rx="1.4"/>
  </g>
</svg>`;

export const enginesIcon: LabIcon = new LabIcon({ name: 'pxlab:engines', svgstr: svg });
