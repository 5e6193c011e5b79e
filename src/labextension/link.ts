/** How the panel stands to the kernel of the current notebook. */
export type Link =
  | { readonly kind: 'no-notebook' }
  /** A notebook without any kernel. */
  | { readonly kind: 'no-kernel' }
  /** A kernel that is not ours. */
  | { readonly kind: 'other-kernel'; readonly kernelName: string }
  /** It goes on by itself. */
  | { readonly kind: 'waiting'; readonly for: 'kernel' | 'restart' | 'connection' | 'answer' }
  | { readonly kind: 'live' }
  /** It does not go on by itself. `crowded`: the kernel serves other pages instead. */
  | { readonly kind: 'gone'; readonly why: 'dead' | 'disconnected' | 'refused' | 'crowded' };
