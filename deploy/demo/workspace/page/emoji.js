// Slack's emoji by short name, drawn here so that they look the same without an emoji font.
import { h, svg } from "./dom.js";

const disc = (colour, edge) =>
  `<circle cx="12" cy="12" r="9.500" fill="${colour}" stroke="${edge}" stroke-width="1"/>`;
const box = (colour) => `<rect x="2" y="2" width="20" height="20" rx="4" fill="${colour}"/>`;
const white =
  'fill="none" stroke="#fff" stroke-width="2.800" stroke-linecap="round" stroke-linejoin="round"';
const dark =
  'fill="none" stroke="#5b6770" stroke-width="1.600" stroke-linecap="round" stroke-linejoin="round"';
const paper =
  '<path d="M4.500 2h11l4 4v16h-15z" fill="#f4f6f8" stroke="#9aa7b1"/><path d="M15.500 2v4h4" fill="#d5dde3" stroke="#9aa7b1"/>';
const glass = `<path d="M5 2.500h14M5 21.500h14" stroke="#8a5a2b" stroke-width="2.400" stroke-linecap="round"/><path d="M6.500 3v3.500c0 2.500 4 3.600 4 5.500s-4 3-4 5.500V21h11v-3.500c0-2.500-4-3.600-4-5.500s4-3 4-5.500V3z" fill="#cfe6f5" stroke="#7ba3bd"/>`;

const drawn = {
  white_check_mark: `${box("#2fa85a")}<path ${white} d="m7 12.500 3.500 3.500L17 8.500"/>`,
  heavy_check_mark:
    '<path fill="none" stroke="#2fa85a" stroke-width="3.600" stroke-linecap="round" stroke-linejoin="round" d="m4 13 5.500 5.500L20 6"/>',
  ballot_box_with_check: `${box("#3b88c3")}<path ${white} d="m7 12.500 3.500 3.500L17 8.500"/>`,
  hourglass_flowing_sand: `${glass}<path d="M8.500 6.500h7c-.5 1.800-2.700 2.700-3.500 4-.8-1.300-3-2.200-3.500-4zM8 20c0-2 2.500-2.600 4-4 1.500 1.400 4 2 4 4zM11.600 10.500h.8V17h-.8z" fill="#e8a63a"/>`,
  hourglass: `${glass}<path d="M7.800 20.200c0-3 2.700-3.200 4.200-5.200 1.500 2 4.200 2.200 4.200 5.200z" fill="#e8a63a"/>`,
  white_circle: disc("#f2f4f5", "#aab4bb"),
  black_circle: disc("#30363b", "#1c2023"),
  large_green_circle: disc("#44b45c", "#33924a"),
  large_red_circle: disc("#dd3a46", "#b92834"),
  red_circle: disc("#dd3a46", "#b92834"),
  large_yellow_circle: disc("#f5c93b", "#d0a31c"),
  large_orange_circle: disc("#f2902f", "#cd7117"),
  large_blue_circle: disc("#4290d6", "#2b73b5"),
  white_large_square:
    '<rect x="2.500" y="2.500" width="19" height="19" rx="3" fill="#f2f4f5" stroke="#aab4bb"/>',
  x: '<path fill="none" stroke="#dd2e44" stroke-width="4.400" stroke-linecap="round" d="m5 5 14 14M19 5 5 19"/>',
  negative_squared_cross_mark: `${box("#2fa85a")}<path ${white} d="m7.500 7.500 9 9M16.500 7.500l-9 9"/>`,
  rotating_light:
    '<path d="M5 19a7 7.500 0 0 1 14 0z" fill="#dd2e44" transform="translate(0 -2)"/><path d="M9 15a3.500 4 0 0 1 2.500-4" fill="none" stroke="#ffb3bb" stroke-width="1.600" stroke-linecap="round"/><rect x="3" y="17" width="18" height="4.500" rx="1.500" fill="#5b6770"/><path stroke="#f5a623" stroke-width="2" stroke-linecap="round" d="M12 1.500v3M4 4.500l2.200 2.200M20 4.500l-2.200 2.200M1.500 11.500h2.600M22.500 11.500h-2.600"/>',
  warning:
    '<path d="M12 2c.7 0 1.300.4 1.600 1l9 17c.6 1.200-.2 2.500-1.600 2.500H3c-1.400 0-2.200-1.300-1.600-2.500l9-17c.3-.6.900-1 1.600-1z" fill="#ffcc4d"/><path d="M12 8.500v6M12 18.200v.2" stroke="#231f20" stroke-width="2.600" stroke-linecap="round"/>',
  lock: '<path d="M7 11V7.500a5 5 0 0 1 10 0V11" fill="none" stroke="#9aa7b1" stroke-width="2.600"/><rect x="4" y="10.500" width="16" height="11.500" rx="2" fill="#f5b53b"/><path d="M12 14.500v3.500" stroke="#8a5a12" stroke-width="2.600" stroke-linecap="round"/>',
  unlock:
    '<path d="M13.500 11V7a4.500 4.500 0 0 1 9 0" fill="none" stroke="#9aa7b1" stroke-width="2.400" transform="translate(-1)"/><rect x="2.500" y="10.500" width="15" height="11.500" rx="2" fill="#f5b53b"/><path d="M10 14.500v3.500" stroke="#8a5a12" stroke-width="2.600" stroke-linecap="round"/>',
  closed_lock_with_key:
    '<path d="M5.500 11V7.500a4.500 4.500 0 0 1 9 0V11" fill="none" stroke="#9aa7b1" stroke-width="2.400"/><rect x="2.500" y="10.500" width="15" height="11.500" rx="2" fill="#f5b53b"/><path d="M21 8v11M21 16h-2.500M21 19h-2.500" stroke="#c98a1b" stroke-width="2" stroke-linecap="round"/><circle cx="21" cy="6" r="2.300" fill="#c98a1b"/>',
  key: '<circle cx="7.500" cy="8" r="5.500" fill="#f5b53b"/><circle cx="6.500" cy="7" r="1.800" fill="#fff4dc"/><path d="m11 11.500 9.500 9.500M17 17.500l2.500-2.500M14.500 15l2-2" stroke="#f5b53b" stroke-width="2.800" stroke-linecap="round"/>',
  fast_forward: `${box("#3b88c3")}<path d="M5 7.500v9l6.500-4.500zM12 7.500v9l6.500-4.500z" fill="#fff"/>`,
  arrow_forward: `${box("#3b88c3")}<path d="M8 6.500v11l9-5.500z" fill="#fff"/>`,
  double_vertical_bar: `${box("#3b88c3")}<path d="M8 7h3v10H8zM13.500 7h3v10h-3z" fill="#fff"/>`,
  black_square_for_stop: `${box("#3b88c3")}<path d="M7.500 7.500h9v9h-9z" fill="#fff"/>`,
  arrows_counterclockwise: `${box("#3b88c3")}<path fill="none" stroke="#fff" stroke-width="2.200" stroke-linecap="round" stroke-linejoin="round" d="M17.500 9.500A6 6 0 0 0 7 8.200M6.500 14.500A6 6 0 0 0 17 15.800M6.600 4.800 6.900 8.500l3.600-.3M17.400 19.200l-.3-3.700-3.600.3"/>`,
  repeat: `${box("#3b88c3")}<path fill="none" stroke="#fff" stroke-width="2.200" stroke-linecap="round" stroke-linejoin="round" d="M5.500 12V9.500h11M14 6.500l3 3-3 3M18.500 12v2.500h-11M10 11.500l-3 3 3 3"/>`,
  leftwards_arrow_with_hook: `${box("#3b88c3")}<path fill="none" stroke="#fff" stroke-width="2.400" stroke-linecap="round" stroke-linejoin="round" d="M9.500 6.500 6 10l3.500 3.500M6.500 10h7.500a3.700 3.700 0 0 1 0 7.500H11"/>`,
  arrow_right: `${box("#3b88c3")}<path ${white} d="M6 12h11.500M12.500 7l5 5-5 5"/>`,
  information_source: `${box("#3b88c3")}<path ${white} d="M10.500 10.500H12V17M10 17h4M12 7v.1"/>`,
  octagonal_sign:
    '<path d="M7.500 1.500h9l6 6v9l-6 6h-9l-6-6v-9z" fill="#dd2e44"/><path d="M7 12h10" stroke="#fff" stroke-width="3"/>',
  no_entry:
    '<circle cx="12" cy="12" r="10" fill="#dd2e44"/><rect x="5.500" y="10" width="13" height="4" rx="1" fill="#fff"/>',
  no_entry_sign:
    '<circle cx="12" cy="12" r="8.600" fill="none" stroke="#dd2e44" stroke-width="3"/><path d="m6 6 12 12" stroke="#dd2e44" stroke-width="3"/>',
  raised_hand:
    '<path d="M7 12V5.500a1.500 1.500 0 0 1 3 0V4a1.500 1.500 0 0 1 3 0v1.500a1.500 1.500 0 0 1 3 0V8a1.500 1.500 0 0 1 3 0v7a7.500 7.500 0 0 1-13.500 4.500L3 14.500c-.9-1.600 1-2.900 2.300-1.700L7 14.500z" fill="#ffcc4d" stroke="#e0a321"/>',
  memo: `${paper}<path d="M7.500 9.500h7M7.500 13h5M7.500 16.500h4" ${dark}/><path d="m12.500 18.500.800-3.300 7-7 2.500 2.500-7 7z" fill="#f5b53b" stroke="#a8741a" stroke-width=".9"/>`,
  page_facing_up: `${paper}<path d="M7.500 9.500h9M7.500 13h9M7.500 16.500h6" ${dark}/>`,
  clipboard:
    '<rect x="4" y="3.500" width="16" height="18.500" rx="2" fill="#b9793f"/><rect x="6.500" y="6" width="11" height="13.500" fill="#f4f6f8"/><rect x="8.500" y="1.800" width="7" height="4" rx="1.200" fill="#8a97a1"/><path d="M8.500 10h7M8.500 13h7M8.500 16h4" stroke="#5b6770" stroke-width="1.400"/>',
  bell: '<path d="M12 2.200c4 0 6.300 3 6.300 7 0 4.600 2 5.800 2.400 7.800H3.300c.4-2 2.400-3.200 2.400-7.800 0-4 2.300-7 6.300-7z" fill="#f5b53b"/><path d="M9.500 18.500a2.600 2.600 0 0 0 5 0z" fill="#c98a1b"/>',
  no_bell:
    '<path d="M12 2.200c4 0 6.300 3 6.300 7 0 4.600 2 5.800 2.400 7.800H3.300c.4-2 2.400-3.200 2.400-7.800 0-4 2.300-7 6.300-7z" fill="#f5b53b"/><path d="M9.500 18.500a2.600 2.600 0 0 0 5 0z" fill="#c98a1b"/><path d="m3 3 18 18" stroke="#dd2e44" stroke-width="2.600" stroke-linecap="round"/>',
  bulb: '<path d="M12 2a7 7 0 0 1 4 12.700c-.7.500-1 1.300-1 2.300H9c0-1-.3-1.800-1-2.300A7 7 0 0 1 12 2z" fill="#ffd983"/><rect x="9" y="17.500" width="6" height="4" rx="1.200" fill="#99aab5"/>',
  tada: '<path d="M3 21.500 8 9l7 7z" fill="#f5b53b"/><path d="M14 9c0-3 1-5 3-6M16 11c2-1 4-1 5.500 0M11 7c0-2-.5-3-1.500-4" fill="none" stroke="#dd2e44" stroke-width="2" stroke-linecap="round"/><circle cx="19" cy="6.500" r="1.300" fill="#3b88c3"/><circle cx="18" cy="15" r="1.300" fill="#44b45c"/>',
  stopwatch:
    '<path d="M10 1.500h4M12 2v3M18.500 5l1.500 1.500" stroke="#8a97a1" stroke-width="2.200" stroke-linecap="round"/><circle cx="12" cy="13.500" r="8.500" fill="#f4f6f8" stroke="#8a97a1" stroke-width="2"/><path d="M12 8.500v5l3 2" fill="none" stroke="#dd2e44" stroke-width="1.800" stroke-linecap="round"/>',
  alarm_clock:
    '<circle cx="12" cy="13" r="8.300" fill="#f4f6f8" stroke="#dd2e44" stroke-width="2.400"/><path d="M12 8.500v4.700l3 1.800" fill="none" stroke="#30363b" stroke-width="1.800" stroke-linecap="round"/><path d="M3 6.500 6.500 3M21 6.500 17.500 3" stroke="#dd2e44" stroke-width="2.600" stroke-linecap="round"/>',
  floppy_disk:
    '<path d="M2.500 2.500h15.500l3.500 3.500v15.500h-19z" fill="#30548a"/><rect x="6.500" y="3" width="9" height="6" fill="#d5dde3"/><rect x="5.500" y="12" width="13" height="9" fill="#f4f6f8"/><path d="M8 15h8M8 18h8" stroke="#9aa7b1"/>',
  package:
    '<path d="m12 2 9.500 4.500v11L12 22l-9.500-4.500v-11z" fill="#c99a5b"/><path d="M2.500 6.500 12 11l9.500-4.500M12 11v11" fill="none" stroke="#8a5f28" stroke-width="1.200"/><path d="m7 4.400 9.500 4.500v4" fill="none" stroke="#f0d9b5" stroke-width="2.200"/>',
  eyes: '<ellipse cx="7" cy="12" rx="5" ry="7.500" fill="#f4f6f8" stroke="#5b6770"/><ellipse cx="17" cy="12" rx="5" ry="7.500" fill="#f4f6f8" stroke="#5b6770"/><circle cx="8.500" cy="13" r="2.400" fill="#30363b"/><circle cx="18.500" cy="13" r="2.400" fill="#30363b"/>',
  mag: '<circle cx="9.500" cy="9.500" r="6.500" fill="#cfe6f5" stroke="#5b6770" stroke-width="2.200"/><path d="m14.500 14.500 6.500 6.500" stroke="#5b6770" stroke-width="3.200" stroke-linecap="round"/>',
  pushpin:
    '<path d="m14.500 2 7.500 7.500-2.500.700-4 4 .2 4.800L14 20.500 3.500 10l1.500-1.700 4.800.2 4-4z" fill="#dd2e44"/><path d="m8.500 15.500-6 6" stroke="#8a97a1" stroke-width="2.200" stroke-linecap="round"/>',
  link: '<path fill="none" stroke="#8a97a1" stroke-width="2.600" stroke-linecap="round" d="m10 14 4-4M8 11l-3.500 3.500a3.500 3.500 0 0 0 5 5L13 16M16 13l3.500-3.500a3.500 3.500 0 0 0-5-5L11 8"/>',
  wastebasket:
    '<path d="M4 6h16l-1.500 16h-13z" fill="#aab4bb"/><path d="M3 6h18M9 3h6" stroke="#5b6770" stroke-width="2" stroke-linecap="round"/><path d="M9 10v8M12 10v8M15 10v8" stroke="#5b6770" stroke-width="1.300"/>',
  fire: '<path d="M12 1.500c1 4 6.500 6.500 6.500 12.500a6.500 8 0 0 1-13 0c0-3.500 2-5 2.500-8 1.500.800 2 2 2.200 3.200C11.500 7.500 12.300 4.500 12 1.500z" fill="#f4900c"/><path d="M12 12c.6 2 3 3 3 6a3 3.800 0 0 1-6 0c0-2.500 2.500-3.500 3-6z" fill="#ffcc4d"/>',
  checkered_flag:
    '<path d="M4 2v20" stroke="#8a97a1" stroke-width="2.200" stroke-linecap="round"/><path d="M5 3h16v11H5z" fill="#f4f6f8" stroke="#30363b"/><path d="M5 3h4v3.700H5zM13 3h4v3.700h-4zM9 6.700h4v3.700H9zM17 6.700h4v3.700h-4zM5 10.400h4V14H5zM13 10.400h4V14h-4z" fill="#30363b"/>',
  shield:
    '<path d="M12 1.800 20.500 5v6.500c0 5.500-3.500 9-8.500 10.700C7 20.500 3.500 17 3.500 11.500V5z" fill="#3b88c3"/><path d="M12 1.800V22.200C7 20.500 3.500 17 3.500 11.500V5z" fill="#5fa5da"/>',
  construction:
    '<path d="M2 7h20v7H2z" fill="#ffcc4d"/><path d="m4 14 4-7h4l-4 7zM12 14l4-7h4l-4 7z" fill="#30363b"/><path d="M5 14v8M19 14v8" stroke="#8a97a1" stroke-width="2.400"/>',
  speech_balloon:
    '<path d="M2 4h20v13H11l-5 5v-5H2z" fill="#f4f6f8" stroke="#8a97a1" stroke-width="1.400"/>',
  robot_face:
    '<rect x="3.500" y="6" width="17" height="14.500" rx="3" fill="#9cb4c4"/><path d="M12 6V2.500" stroke="#5b6770" stroke-width="2"/><circle cx="8.500" cy="12" r="2" fill="#dd2e44"/><circle cx="15.500" cy="12" r="2" fill="#dd2e44"/><path d="M8 17h8" stroke="#5b6770" stroke-width="2"/>',
  bust_in_silhouette:
    '<circle cx="12" cy="7.500" r="5" fill="#5c7389"/><path d="M2.500 22c.5-6 4-8.500 9.500-8.500s9 2.500 9.500 8.500z" fill="#5c7389"/>',
  busts_in_silhouette:
    '<circle cx="16" cy="7" r="4" fill="#8ca0b3"/><path d="M10 20c.5-5 2-7.500 6-7.500s6 2.500 6.500 7.500z" fill="#8ca0b3"/><circle cx="9" cy="8" r="4.400" fill="#5c7389"/><path d="M1 22c.5-5.500 3-8 8-8s7.500 2.500 8 8z" fill="#5c7389"/>',
  question:
    '<path d="M7.500 8a4.500 4.500 0 1 1 6.500 4c-1.500.800-2 1.500-2 3.200" fill="none" stroke="#dd2e44" stroke-width="3.400" stroke-linecap="round"/><circle cx="12" cy="20.500" r="2.100" fill="#dd2e44"/>',
  exclamation:
    '<path d="M12 3v11" stroke="#dd2e44" stroke-width="4.200" stroke-linecap="round"/><circle cx="12" cy="20" r="2.300" fill="#dd2e44"/>',
  "+1": '<path d="M2 11h4.500v10.500H2z" fill="#3b88c3"/><path d="M7.500 11.500 11 3.500c.4-1 3-1 3 1.500v4.500h6c1.500 0 2.300 1.300 2 2.500l-2 8c-.3 1-1 1.500-2 1.500H7.500z" fill="#ffcc4d" stroke="#e0a321"/>',
};

const same = {
  thumbsup: "+1",
  green_circle: "large_green_circle",
  yellow_circle: "large_yellow_circle",
  hand: "raised_hand",
  raised_hand_with_fingers_splayed: "raised_hand",
  pencil: "memo",
  stop_button: "black_square_for_stop",
  pause_button: "double_vertical_bar",
  stop_sign: "octagonal_sign",
  heavy_multiplication_x: "x",
  counterclockwise: "arrows_counterclockwise",
  clock1: "alarm_clock",
};

// The emoji itself, or its name between colons where there is none, as Slack shows it.
export function emoji(name) {
  const known = drawn[name] ?? drawn[same[name]];
  if (!known) return document.createTextNode(`:${name}:`);
  const label = name.replaceAll("_", " ");
  return h("span.emoji", { role: "img", "aria-label": label, title: `:${name}:` }, svg(known, 24));
}
