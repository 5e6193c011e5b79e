/** Shown by JupyterLab's launcher: a notebook's prompt above four engines. */
export const kernelLogo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
  <rect width="64" height="64" rx="10" fill="#3178c6"/>
  <path d="M14 14l9 8-9 8" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round" stroke-linejoin="round"/>
  <path d="M30 30h18" stroke="#fff" stroke-width="5" stroke-linecap="round"/>
  <g fill="#fff">
    <rect x="10" y="42" width="8" height="10" rx="2"/>
    <rect x="22" y="42" width="8" height="10" rx="2"/>
    <rect x="34" y="42" width="8" height="10" rx="2"/>
    <rect x="46" y="42" width="8" height="10" rx="2"/>
  </g>
</svg>
`;
