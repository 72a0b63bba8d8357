// The page's own small drawings.
import { svg } from "./dom.js";

const line =
  'fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"';

const drawn = {
  hash: `<path ${line} d="M8 3.5 6.5 16.5M13.5 3.5 12 16.5M3.8 7.5h13M3.2 12.5h13"/>`,
  shared: `<path ${line} d="M3 7.5 10 3l7 4.5L10 12zM3 11l7 4.5 7-4.5"/>`,
  send: '<path fill="currentColor" d="M2.6 3.2a.6.6 0 0 1 .8-.7l14.3 6.9a.6.6 0 0 1 0 1.1L3.4 17.5a.6.6 0 0 1-.8-.7l1.5-5.6 6.7-1.2-6.7-1.2z"/>',
  close: `<path ${line} d="m5 5 10 10M15 5 5 15"/>`,
  pin: `<path ${line} d="M12.5 3 17 7.5l-2 .6-3 3 .2 3.3-1.3 1.3-6.6-6.6 1.3-1.3 3.3.2 3-3zM7.5 12.5 3 17"/>`,
  thread: `<path ${line} d="M3 4.5h14v9H9l-3.5 3v-3H3zM6.5 7.8h7M6.5 10.4h4.5"/>`,
  eye: `<path ${line} d="M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5z"/><circle ${line} cx="10" cy="10" r="2.2"/>`,
  sun: `<circle ${line} cx="10" cy="10" r="3.4"/><path ${line} d="M10 2v1.8M10 16.2V18M2 10h1.8M16.2 10H18M4.3 4.3l1.3 1.3M14.4 14.4l1.3 1.3M15.7 4.3l-1.3 1.3M5.6 14.4l-1.3 1.3"/>`,
  moon: `<path ${line} d="M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.500 8.500z"/>`,
  file: `<path ${line} d="M5 2.500h7l3.500 3.500v11.500H5zM12 2.500V6h3.500M7.500 10h5M7.500 13h5"/>`,
  download: `<path ${line} d="M10 3v9M6 8.500l4 4 4-4M3.500 16.500h13"/>`,
  copy: `<path ${line} d="M7.500 7.500h9v9h-9zM4.500 12.500h-1v-9h9v1"/>`,
  fault: `<path ${line} d="M11.500 2.500 4 11.500h5l-1 6 7.500-9h-5z"/>`,
  people: `<circle ${line} cx="7.500" cy="7" r="2.800"/><path ${line} d="M2.500 16c.4-3.200 2.400-4.700 5-4.700s4.600 1.500 5 4.700M12.500 4.500a2.800 2.800 0 0 1 0 5M14.300 11.700c1.900.5 3 2 3.300 4.300"/>`,
  external: `<path ${line} d="M8 4.500H4v11.500h11.500V12M11 3.500h5.500V9M16.500 3.500 9 11"/>`,
  chevron: `<path ${line} d="m7.500 4.500 5 5.500-5 5.500"/>`,
  warning:
    '<path fill="currentColor" d="M10 2.200c.4 0 .8.2 1 .6l7.300 13c.4.800-.1 1.700-1 1.700H2.700c-.9 0-1.400-.9-1-1.700L9 2.800c.2-.4.6-.6 1-.6z"/><path fill="none" stroke="var(--ground)" stroke-width="1.700" stroke-linecap="round" d="M10 7.300v4.500M10 14.600v.1"/>',
  active:
    '<circle cx="10" cy="10" r="8" fill="currentColor"/><path fill="none" stroke="var(--ground)" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" d="m6.500 10.300 2.400 2.400 4.700-5"/>',
  standby:
    '<circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="2"/><path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" d="m7 10.200 2.200 2.200L13.200 8"/>',
  sealed:
    '<rect x="4" y="9" width="12" height="8.500" rx="1.500" fill="currentColor"/><path fill="none" stroke="currentColor" stroke-width="2" d="M6.500 9V6.500a3.500 3.500 0 0 1 7 0V9"/>',
  uninitialised:
    '<circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 2.500"/>',
  silent:
    '<circle cx="10" cy="10" r="7.500" fill="none" stroke="currentColor" stroke-width="2"/><path stroke="currentColor" stroke-width="2" d="m5 15 10-10"/>',
  stopped: '<rect x="4.500" y="4.500" width="11" height="11" rx="1.500" fill="currentColor"/>',
  gone: '<path fill="none" stroke="currentColor" stroke-width="2.400" stroke-linecap="round" d="m5 5 10 10M15 5 5 15"/>',
};

export function icon(name, attributes = {}) {
  return svg(drawn[name], 20, { class: `icon icon-${name}`, ...attributes });
}
