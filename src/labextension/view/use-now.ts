import * as React from 'react';

/** The time, once a second while `isTicking` and the page is in sight. */
export function useNow(isTicking: boolean): number {
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    if (!isTicking) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') redraw();
    }, 1000);
    return () => clearInterval(timer);
  }, [isTicking]);
  return Date.now();
}
