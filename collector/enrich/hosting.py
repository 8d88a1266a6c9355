"""Networks of hosting companies, where programs live and people do not; off unless asked for."""

from analytics_saas.client_ip import Address
from analytics_saas.env import env
from collector.enrich.mmdb import Mmdb

# Companies that rent out machines. None whose networks people browse through: no Cloudflare,
# Akamai or Fastly (iCloud Private Relay, WARP), no Google of its own, no university, no VPN.
USUAL = frozenset({
    14061,  # DigitalOcean
    14618, 16509,  # Amazon
    8075,  # Microsoft
    396982,  # Google Cloud
    31898,  # Oracle
    36351,  # IBM
    45102, 37963,  # Alibaba
    45090, 132203,  # Tencent
    55990, 136907,  # Huawei Cloud
    24940, 213230,  # Hetzner
    16276, 35540,  # OVH
    12876,  # Scaleway
    51167,  # Contabo
    63949,  # Linode
    20473,  # Vultr
    60781, 28753, 30633,  # Leaseweb
    8560,  # Ionos
    197540,  # netcup
    26496,  # GoDaddy
    46606,  # Unified Layer
    36352,  # ColoCrossing
    62567,  # DigitalOcean
})  # fmt: skip

_numbers = env.hosting_asns or USUAL
_file = Mmdb(env.geoip_asn_path) if env.geoip_asn_path else None


def is_hosted(address: Address) -> bool:
    """Tell whether an address belongs to a hosting company; never without an ASN file."""
    return _file is not None and network_number(_file, address) in _numbers


def network_number(file: Mmdb, address: Address) -> int:
    """Return the number of the autonomous system that an address is in, 0 when unknown."""
    record = file.find(address)
    number = record.get("autonomous_system_number", record.get("asn"))
    text = str(number or "").removeprefix("AS")
    return int(text) if text.isascii() and text.isdecimal() else 0
