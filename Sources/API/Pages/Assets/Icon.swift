let iconText = """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b6b75"/>\
    <g fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round">\
    <circle cx="12" cy="12.5" r="4.6"/><path d="m15.4 15.8 8.4 8.4M20 20.4l2.8-2.8"/></g></svg>
    """
