namespace Whalescale.Transport.Interop;

/// <summary>Values of errno; Linux on all architectures we ship.</summary>
internal static class ErrorNumber
{
    internal const int NotPermitted = 1; // EPERM
    internal const int Interrupted = 4; // EINTR
    internal const int InputOutput = 5; // EIO
    internal const int Again = 11; // EAGAIN
    internal const int AccessDenied = 13; // EACCES
    internal const int NoSuchDevice = 19; // ENODEV
    internal const int InvalidArgument = 22; // EINVAL
    internal const int MessageTooLong = 90; // EMSGSIZE
    internal const int NoSuchOption = 92; // ENOPROTOOPT
    internal const int FamilyNotSupported = 97; // EAFNOSUPPORT
    internal const int AddressInUse = 98; // EADDRINUSE
    internal const int AddressNotAvailable = 99; // EADDRNOTAVAIL
    internal const int NetworkDown = 100; // ENETDOWN
    internal const int NetworkUnreachable = 101; // ENETUNREACH
    internal const int NoBufferSpace = 105; // ENOBUFS
    internal const int ConnectionRefused = 111; // ECONNREFUSED
    internal const int HostDown = 112; // EHOSTDOWN
    internal const int HostUnreachable = 113; // EHOSTUNREACH
}
